//! Constraints: small changes are tried until the expression is false of the element.

use fhir_assay::fhir::Severity;
use fhir_assay::fhirpath::Focus;
use fhir_assay::profile::element::Constraint;
use serde_json::{Map, Value, json};

use crate::kinds::cardinality::any_value;
use crate::library::LIBRARY;
use crate::mutant::Mutant;
use crate::site::{Head, members};

/// What the validator does not evaluate, or what needs something outside the resource.
const LEFT_OUT: [&str; 3] = ["resolve()", "memberOf(", "conformsTo("];

/// Most changes that are tried of one element for one constraint.
const MOST: usize = 400;

/// A mutant of which the constraint is false, where a small change makes one.
pub fn mutant(head: &Head<'_>, constraint: &Constraint) -> Option<Mutant> {
    let expression = constraint.expression.as_deref()?;
    if LEFT_OUT.iter().any(|word| expression.contains(word)) {
        return None;
    }
    let severity = match (constraint.best_practice, constraint.error) {
        (true, _) => Severity::Information,
        (false, true) => Severity::Error,
        (false, false) => Severity::Warning,
    };
    // Each fault of a narrative is told apart, que-7 is corrected, and advice may not be followed.
    let apart = constraint.key.starts_with("txt-")
        || constraint.key == "que-7"
        || expression.starts_with("name.matches(");
    if apart || breaks(expression, head, head.document) {
        return None;
    }
    let changes = changes(head);
    let found = changes.into_iter().take(MOST).find(|mutant| {
        let changed = mutant.apply(head.document);
        breaks(expression, head, &changed)
    })?;
    let mutant = Mutant::new("invariant", &head.at, &[&constraint.key]);
    Some(Mutant {
        edits: found.edits,
        ..mutant
            .severity(severity)
            .of(format!("{} {expression}", constraint.key))
    })
}

fn breaks(expression: &str, head: &Head<'_>, changed: &Value) -> bool {
    let (Some(resource), Some(value)) = (
        changed.pointer(&head.resource_at),
        changed.pointer(&head.at),
    ) else {
        return false;
    };
    let engine = LIBRARY.validator.fhirpath();
    let focus = Focus {
        value: Some(value),
        sibling: None,
        type_name: &head.type_name,
    };
    let Ok(plan) = engine.compile(expression) else {
        return false;
    };
    // What a contained resource is in is its root.
    let root = match head.resource_at.find("/contained/") {
        Some(end) => changed.pointer(&head.resource_at[..end]).unwrap_or(changed),
        None => resource,
    };
    engine.session(root, resource, None).satisfied(&plan, focus) == Ok(false)
}

/// Small changes of an element and of what is directly below it.
fn changes(head: &Head<'_>) -> Vec<Mutant> {
    let mut out = Vec::new();
    let Some(value) = head.document.pointer(&head.at) else {
        return out;
    };
    removals(&head.at, value, 0, &mut out);
    if let Value::Object(object) = value {
        additions(head, object, &mut out);
    }
    replacements(&head.at, value, 0, &mut out);
    out
}

fn change() -> Mutant {
    Mutant::new("invariant", "", &[])
}

/// Parts are taken away, items are given twice.
fn removals(at: &str, value: &Value, depth: usize, out: &mut Vec<Mutant>) {
    if depth > 3 {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let place = format!("{at}/{name}");
                if name != "resourceType" {
                    removals(&place, value, depth + 1, out);
                    out.push(change().remove(place));
                }
            }
        }
        Value::Array(items) => {
            if let Some(first) = items.first() {
                out.push(change().set(format!("{at}/{}", items.len()), first.clone()));
            }
            for (index, item) in items.iter().enumerate().take(3) {
                removals(&format!("{at}/{index}"), item, depth + 1, out);
            }
        }
        _ => {}
    }
}

/// Primitive values become others.
fn replacements(at: &str, value: &Value, depth: usize, out: &mut Vec<Mutant>) {
    match value {
        Value::Object(members) if depth < 3 => {
            for (name, value) in members {
                if name != "resourceType" {
                    replacements(&format!("{at}/{name}"), value, depth + 1, out);
                }
            }
        }
        Value::Array(items) if depth < 3 => {
            for (index, item) in items.iter().enumerate().take(2) {
                replacements(&format!("{at}/{index}"), item, depth + 1, out);
            }
        }
        Value::String(text) => {
            for other in other_texts(text) {
                out.push(change().set(at, other));
            }
        }
        Value::Number(_) => {
            for other in [json!(-1), json!(0), json!(1_000_000), json!(0.5)] {
                out.push(change().set(at, other));
            }
        }
        Value::Bool(truth) => out.push(change().set(at, !truth)),
        _ => {}
    }
}

fn other_texts(text: &str) -> Vec<String> {
    let mut out = vec![
        format!("{text}|1"),
        format!("#{text}"),
        "a b".to_owned(),
        "X".to_owned(),
    ];
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        out.extend([
            "1900-01-01".to_owned(),
            "2999-01-01".to_owned(),
            "2020".to_owned(),
        ]);
    }
    // Codes that constraints speak of.
    let codes = [
        "entered-in-error",
        "draft",
        "active",
        "completed",
        "final",
        "document",
        "message",
        "batch",
        "transaction",
        "history",
        "searchset",
        "history-instance",
        "composite",
        "group",
        "display",
        "choice",
        "exists",
        "greater-than",
        "replaces",
        "required",
        "email",
        "temporary",
        "resolved",
        "http",
        "s",
        "wk",
        "outcome",
        "include",
        "empty",
        "constraint",
        "resource",
    ];
    out.extend(codes.map(str::to_owned));
    out
}

/// Elements that are not there are added.
fn additions(head: &Head<'_>, object: &Map<String, Value>, out: &mut Vec<Mutant>) {
    let node = match head.node.children.is_empty() {
        true => LIBRARY.types.get(&head.type_name),
        false => Some(head.node),
    };
    for child in node.into_iter().flat_map(|node| &node.children) {
        for (json, type_name) in members(child) {
            if object.contains_key(&json) {
                continue;
            }
            for value in values(&type_name) {
                let value = match child.element.max().is_list() {
                    true => json!([value]),
                    false => value,
                };
                out.push(change().set(format!("{}/{json}", head.at), value));
            }
        }
    }
}

fn values(type_name: &str) -> Vec<Value> {
    match type_name {
        "boolean" => vec![json!(true), json!(false)],
        "code" => vec![
            json!("x"),
            json!("entered-in-error"),
            json!("not-in"),
            json!("exists"),
        ],
        "Resource" => vec![
            json!({"resourceType": "Basic", "id": "unused", "meta": {"versionId": "1", "security": [{"code": "x"}]}, "contained": [{"resourceType": "Basic", "id": "y"}]}),
        ],
        "Reference" => vec![json!({"reference": "#nobody"}), json!({"display": "x"})],
        "Period" => vec![json!({"start": "2021", "end": "2020"})],
        "Range" => vec![
            json!({"low": {"value": 2, "code": "g", "system": "http://unitsofmeasure.org"}, "high": {"value": 1, "code": "g", "system": "http://unitsofmeasure.org"}}),
        ],
        "Quantity" => vec![
            json!({"value": 1, "code": "g"}),
            json!({"value": 1, "comparator": "<"}),
        ],
        "Extension" => vec![json!({"url": "http://example.org/x"})],
        name if name.contains('.') => vec![json!({"id": "x"})],
        other => vec![any_value(other)],
    }
}
