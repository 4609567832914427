//! Part of a resource (FHIR R4 search, `_elements`): what was asked for, what must be there, and the
//! mark that it is not all.

use serde_json::{Value, json};

use crate::definition::Definitions;

const SUBSETTED: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
/// What tells which resource it is.
const ALWAYS: [&str; 3] = ["resourceType", "id", "meta"];

/// An entry whose resource has no more than these elements; without any, all.
pub(super) fn of_entry(mut entry: Value, elements: &[String]) -> Value {
    if !elements.is_empty() {
        reduce(&mut entry["resource"], elements);
    }
    entry
}

fn reduce(resource: &mut Value, elements: &[String]) {
    let mandatory = mandatory(resource["resourceType"].as_str().unwrap_or_default());
    if let Some(members) = resource.as_object_mut() {
        members.retain(|name, _| {
            let name = name.trim_start_matches('_');
            ALWAYS.contains(&name)
                || elements
                    .iter()
                    .chain(&mandatory)
                    .any(|kept| is_of(name, kept))
        });
        members
            .entry("meta")
            .or_insert_with(|| json!({}))
            .as_object_mut()
            .map(|meta| meta.entry("tag").or_insert_with(|| json!([])))
            .and_then(Value::as_array_mut)
            .into_iter()
            .for_each(|tags| tags.push(json!({ "system": SUBSETTED, "code": "SUBSETTED" })));
    }
}

/// True for the element itself, and for a choice of types (`medication[x]`).
fn is_of(name: &str, element: &str) -> bool {
    match element.strip_suffix("[x]") {
        Some(stem) => name.strip_prefix(stem).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|first: char| first.is_ascii_uppercase())
        }),
        None => name == element,
    }
}

/// Names of the elements that a resource of the type must have.
fn mandatory(resource_type: &str) -> Vec<String> {
    let definition = Definitions::embedded().type_definition(resource_type);
    let elements = definition
        .as_ref()
        .and_then(|definition| definition.pointer("/snapshot/element")?.as_array())
        .into_iter()
        .flatten();
    elements
        .filter(|element| element["min"].as_u64().is_some_and(|least| least > 0))
        .filter_map(|element| {
            let name = element["path"].as_str()?.split_once('.')?.1;
            (!name.contains('.')).then(|| name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_there_stays() {
        let entry = json!({ "resource": {
            "resourceType": "MedicationRequest", "id": "1", "status": "active", "intent": "order",
            "subject": {}, "medicationReference": {}, "note": [], "dosageInstruction": [],
        } });
        let reduced = of_entry(entry.clone(), &["note".to_owned()]);
        let members = reduced["resource"].as_object().expect("a resource");
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "id",
                "intent",
                "medicationReference",
                "meta",
                "note",
                "resourceType",
                "status",
                "subject"
            ]
        );
        assert_eq!(reduced["resource"]["meta"]["tag"][0]["code"], "SUBSETTED");
        assert_eq!(of_entry(entry.clone(), &[]), entry);
    }
}
