//! Codes that their own system does not have, and identifiers whose system says what they are not.

use serde_json::{Value, json};

use crate::mutant::Mutant;
use crate::site::Site;

/// A system of R4 that holds all its codes.
const SYSTEM: &str = "http://hl7.org/fhir/observation-status";

pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    if site.profile.is_some() {
        return Vec::new();
    }
    let items = site.items.iter().filter(|item| item.value.is_some());
    items
        .take(1)
        .flat_map(|item| match item.type_name.as_str() {
            "Coding" => vec![wrong("code of a system", &item.pointer, SYSTEM)],
            "CodeableConcept" => {
                let coding = json!({"coding": [{"system": SYSTEM, "code": "no-such-code"}]});
                let place = format!("{}/coding/0", item.pointer);
                let mutant = Mutant::new("code of a system", place, &["code-of-system"]);
                vec![mutant.set(&item.pointer, coding)]
            }
            "Quantity" => vec![
                wrong("code of a system", &item.pointer, SYSTEM),
                wrong("unit", &item.pointer, "http://unitsofmeasure.org"),
            ],
            "Identifier" => vec![
                identifier(&item.pointer, "identifier-system", json!("patients")),
                identifier(&item.pointer, "identifier-uri", json!("urn:ietf:rfc:3986")),
            ],
            _ => Vec::new(),
        })
        .collect()
}

fn wrong(kind: &'static str, at: &str, system: &str) -> Mutant {
    let value = json!({"system": system, "code": "no-such-code"});
    Mutant::new(kind, at, &["code-of-system"]).setting(value)
}

fn identifier(at: &str, rule: &str, system: Value) -> Mutant {
    Mutant::new("identifier", at, &[rule]).setting(json!({"system": system, "value": "1"}))
}
