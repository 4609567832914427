//! Where an extension may stand: the contexts of its definition, any one of which must fit, and the
//! context invariants, all of which must hold (R4 StructureDefinition, `context`, `contextInvariant`).

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::fhirpath::{FhirPathError, Focus};
use crate::profile::errata;
use crate::profile::model::{Finding, Here, Place, Scope, Sink};

/// Judges the place of an extension by its definition.
pub fn check(url: &str, definition: &Value, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let Some(parent) = here.place.parent() else {
        return;
    };
    contexts(url, definition, parent, here, scope, sink);
    invariants(url, definition, parent, here, scope, sink);
}

fn contexts(
    url: &str,
    definition: &Value,
    parent: &Place<'_>,
    here: &Here<'_>,
    scope: &Scope<'_>,
    sink: &mut Sink,
) {
    let mut wanted: Vec<&str> = Vec::new();
    let defined = definition["context"].as_array().into_iter().flatten();
    let defined = defined.map(|context| {
        let text = |name: &str| context[name].as_str().unwrap_or_default();
        (text("type"), text("expression"))
    });
    let later = errata::contexts(url).iter().map(|path| ("element", *path));
    for (kind, expression) in defined.chain(later) {
        let fits = match kind {
            "element" => element_fits(expression, parent, scope),
            "extension" => Some(extension_fits(expression, parent)),
            "fhirpath" => match path_selects(expression, parent, scope) {
                Ok(selects) => selects,
                Err(error) => {
                    sink.note(format!("context of the extension {url}"), error.to_string());
                    return;
                }
            },
            _ => None,
        };
        match fits {
            Some(true) => return,
            Some(false) => wanted.push(expression),
            None => {
                sink.note(
                    format!("context of the extension {url}"),
                    format!("`{expression}` can't be told from its place"),
                );
                return;
            }
        }
    }
    if wanted.is_empty() {
        return;
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
        .fix(format!("it may stand on: {}", wanted.join(", "))),
        here.place,
    );
}

/// The rules about what holds the extension; `%extension` is the extension itself.
fn invariants(
    url: &str,
    definition: &Value,
    parent: &Place<'_>,
    here: &Here<'_>,
    scope: &Scope<'_>,
    sink: &mut Sink,
) {
    let rules = definition["contextInvariant"]
        .as_array()
        .into_iter()
        .flatten();
    for rule in rules.filter_map(Value::as_str) {
        let own = format!("(extension | modifierExtension).where(url = '{url}')");
        let expression = rule.replace("%extension", &own);
        let Some(holder) = holder(parent, scope.resource, scope) else {
            return;
        };
        let engine = scope.store.engine();
        let holds = engine
            .compile(&expression)
            .and_then(|plan| scope.session.holds(&plan, holder));
        match holds {
            Ok(true) => {}
            Ok(false) => sink.push(
                Finding::error(
                    IssueCode::Extension,
                    "extension-context-invariant",
                    format!("the extension `{url}` stands where `{rule}` is not true"),
                )
                .fix("remove the extension, or make the expression true of the element that holds it"),
                here.place,
            ),
            Err(error) => sink.note(
                format!("context invariant of the extension {url}"),
                error.to_string(),
            ),
        }
    }
}

/// Whether a context's expression selects, from the resource, the element that holds the extension,
/// or is true of that element.
fn path_selects(
    expression: &str,
    parent: &Place<'_>,
    scope: &Scope<'_>,
) -> Result<Option<bool>, FhirPathError> {
    let Some(holder) = holder(parent, scope.resource, scope) else {
        return Ok(None);
    };
    let plan = scope.store.engine().compile(expression)?;
    let resource = Focus::of(scope.resource);
    let session = &scope.session;
    let of_itself = session.evaluate(&plan, holder)? == [Value::Bool(true)];
    Ok(Some(of_itself || session.selects(&plan, resource, holder)?))
}

/// The element at a place of the resource; `None` where it is not within that resource.
fn holder<'r>(place: &'r Place<'_>, resource: &'r Value, scope: &Scope<'_>) -> Option<Focus<'r>> {
    if scope.store.is_resource_type(place.type_name()) {
        return Some(Focus::of(resource));
    }
    let around = holder(place.parent()?, resource, scope)?.value?;
    let json = place.json_name();
    let bare = json.strip_prefix('_').unwrap_or(json);
    let item = |member: &str| {
        let value = around.get(member)?;
        match place.index() {
            Some(index) => value.get(index),
            None => Some(value),
        }
    };
    Some(Focus {
        value: item(bare).filter(|value| !value.is_null()),
        sibling: item(&format!("_{bare}")),
        type_name: place.type_name(),
    })
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
