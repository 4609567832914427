//! Extensions: known ones conform to their definition and stand where it allows; a modifier
//! extension must be known (R4 extensibility).

mod context;

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::profile::model::{Finding, Here, Place, Rule, Scope, Sink};
use crate::profile::walk;

/// Applies an extension's own definition to it.
pub struct ExtensionRule;

impl Rule for ExtensionRule {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(url) = here.text("url") else { return };
        let modifier = here.place.json_name() == "modifierExtension";
        if !url.contains(':') {
            // Parts of a complex extension are named relative to it.
            match here.place.parent() {
                Some(parent) if parent.type_name() == "Extension" => {
                    part(url, parent, here, scope, sink);
                }
                _ => relative(url, here, sink),
            }
            return;
        }
        match scope.store.profile(url) {
            Ok(compiled) if compiled.type_name == "Extension" => {
                context::check(url, &compiled.definition, here, scope, sink);
                self.check_modifier(url, modifier, compiled.modifier_extension, here, sink);
                walk::against(&compiled, here, scope, sink);
            }
            Ok(_) => sink.push(
                Finding::error(
                    IssueCode::Extension,
                    "extension-definition",
                    format!("`{url}` is the definition of something else than an extension"),
                )
                .fix("use the URL of an extension definition"),
                here.place,
            ),
            Err(_) if modifier => sink.push(
                Finding::error(
                    IssueCode::Extension,
                    "modifier-extension-unknown",
                    format!("the modifier extension `{url}` is not known, so the content can't be understood safely"),
                )
                .fix("load the package that defines it, or remove the modifier extension"),
                here.place,
            ),
            Err(why) => sink.note(format!("extension {url}"), why.to_string()),
        }
    }
}

impl ExtensionRule {
    /// An extension that modifies stands in `modifierExtension`, any other in `extension`.
    fn check_modifier(
        &self,
        url: &str,
        modifier: bool,
        defined: bool,
        here: &Here<'_>,
        sink: &mut Sink,
    ) {
        if modifier == defined {
            return;
        }
        let (message, fix) = match defined {
            true => ("is a modifier extension", "put it into `modifierExtension`"),
            false => ("is not a modifier extension", "put it into `extension`"),
        };
        sink.push(
            Finding::error(
                IssueCode::Extension,
                "extension-modifier",
                format!("`{url}` {message}"),
            )
            .fix(fix),
            here.place,
        );
    }
}

/// A part of a complex extension is one that its definition has.
fn part(url: &str, whole: &Place<'_>, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let Some(whole) = whole.extension().filter(|url| url.contains(':')) else {
        return;
    };
    let Ok(compiled) = scope.store.profile(whole) else {
        return;
    };
    let parts = parts(&compiled.definition);
    if !parts.is_empty() && !parts.contains(&url) {
        sink.push(
            Finding::error(
                IssueCode::Extension,
                "extension-part",
                format!("the extension `{whole}` has no part `{url}`"),
            )
            .fix(format!("use one of: {}", parts.join(", "))),
            here.place,
        );
    }
}

/// The urls of an extension's parts, where its definition names them.
fn parts(definition: &Value) -> Vec<&str> {
    let elements = ["snapshot", "differential"]
        .iter()
        .find_map(|form| definition[form]["element"].as_array());
    elements
        .into_iter()
        .flatten()
        .filter(|element| element["path"] == "Extension.extension.url")
        .filter_map(|element| element["fixedUri"].as_str())
        .collect()
}

fn relative(url: &str, here: &Here<'_>, sink: &mut Sink) {
    sink.push(
        Finding::error(
            IssueCode::Extension,
            "extension-url",
            format!("the extension's url `{url}` is not absolute"),
        )
        .fix("write the whole URL of the extension's definition"),
        here.place,
    );
}
