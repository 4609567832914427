//! Extensions: known ones conform to their definition and stand where it allows; a modifier
//! extension must be known (R4 extensibility).

mod context;

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
            // Parts of a complex extension are named relative to it; its definition judges them.
            if here.place.parent().map(Place::type_name) != Some("Extension") {
                relative(url, here, sink);
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
