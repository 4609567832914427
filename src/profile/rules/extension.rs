//! Extensions: known ones conform to their definition and stand where it allows; a modifier
//! extension must be known (R4 extensibility).

use serde_json::Value;

use super::Rule;
use crate::fhir::{IssueCode, Severity};
use crate::profile::context::{Finding, Here, Place, Scope, Sink};
use crate::profile::validate;

/// Applies an extension's own definition to it.
pub struct ExtensionRule;

impl Rule for ExtensionRule {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(url) = here.text("url") else { return };
        let modifier = here.place.json_name() == "modifierExtension";
        // Parts of a complex extension are named relative to it; its definition judges them.
        if !url.contains(':') {
            return;
        }
        match scope.store.profile(url) {
            Ok(compiled) if compiled.type_name == "Extension" => {
                self.check_context(url, &compiled.definition, here, scope, sink);
                self.check_modifier(url, modifier, compiled.modifier_extension, here, sink);
                validate::against(&compiled, here, scope, sink);
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

    fn check_context(
        &self,
        url: &str,
        definition: &Value,
        here: &Here<'_>,
        scope: &Scope<'_>,
        sink: &mut Sink,
    ) {
        let contexts = definition.get("context").and_then(Value::as_array);
        let Some(contexts) = contexts.filter(|contexts| !contexts.is_empty()) else {
            return;
        };
        let Some(parent) = here.place.parent() else {
            return;
        };
        let mut wanted = Vec::new();
        for context in contexts {
            let text = |name: &str| context.get(name).and_then(Value::as_str);
            let expression = text("expression").unwrap_or_default();
            let allowed = match text("type") {
                Some("element") => element_fits(expression, parent, scope),
                Some("extension") => Some(extension_fits(expression, parent)),
                // Evaluating on the whole resource would need the element's identity.
                _ => None,
            };
            match allowed {
                Some(true) => return,
                Some(false) => wanted.push(expression),
                None => {
                    sink.note(
                        format!("context of the extension {url}"),
                        "contexts given as FHIRPath are not evaluated",
                    );
                    return;
                }
            }
        }
        sink.push(
            Finding::error(
                IssueCode::Extension,
                "extension-context",
                format!(
                    "the extension `{url}` must not stand on {}",
                    parent.element_path()
                ),
            )
            .severity(Severity::Error)
            .fix(format!("it may stand on: {}", wanted.join(", "))),
            here.place,
        );
    }
}

/// Whether a place is the element, type or one of the profile's elements that a context names.
fn element_fits(expression: &str, parent: &Place<'_>, scope: &Scope<'_>) -> Option<bool> {
    // A context may be an element of a profile: `http://…/StructureDefinition/x#Patient.name`.
    let expression = match expression.split_once('#') {
        Some((_, element)) => element,
        None => expression,
    };
    if expression.contains("://") {
        return None;
    }
    if expression.contains('.') {
        return Some(path_fits(expression, parent));
    }
    let own = parent.type_name();
    let is_type = own == expression || scope.store.is_a(own, expression);
    Some(match expression {
        // R4's own definitions say Element where they mean anything, resources too.
        "Element" => true,
        // Interfaces of later versions, which R4 extensions are written against too.
        "CanonicalResource" | "MetadataResource" => {
            let has = |name: &str| scope.store.engine().model().child(own, name).is_some();
            scope.store.is_resource_type(own) && has("url") && has("status")
        }
        // The element that a definition is the root of.
        _ => is_type || path_fits(expression, parent),
    })
}

/// Compares a path with the place's path, from every type on the way: `HumanName.family` fits
/// `Patient.name.family`.
fn path_fits(expression: &str, place: &Place<'_>) -> bool {
    let wanted = expression.replace("[x]", "");
    let mut below = String::new();
    let mut current = Some(place);
    while let Some(at) = current {
        if format!("{}{below}", at.type_name()) == wanted {
            return true;
        }
        below = format!(".{}{below}", at.name());
        current = at.parent();
    }
    false
}

/// Whether the parent is the extension that a context names by URL, or a part of it by `url#part`.
fn extension_fits(wanted: &str, parent: &Place<'_>) -> bool {
    let Some(own) = parent.extension() else {
        return false;
    };
    match wanted.split_once('#') {
        Some((url, part)) => {
            let outer = parent.parent().and_then(Place::extension);
            own == part && outer == Some(url)
        }
        None => own == wanted,
    }
}
