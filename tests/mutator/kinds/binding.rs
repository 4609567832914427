//! Codes that are not in the value set.

use fhir_assay::fhir::Severity;
use fhir_assay::profile::element::Strength;
use fhir_assay::terminology::Membership;
use serde_json::{Value, json};

use crate::library::LIBRARY;
use crate::mutant::Mutant;
use crate::site::Site;

/// A system whose codes no value set has.
const SYSTEM: &str = "http://example.org/codes";
const CODE: &str = "no-such-code";

pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    let Some(binding) = &site.element().binding else {
        return Vec::new();
    };
    let known = site.base.and_then(|base| base.binding.as_ref());
    let Some(item) = site.items.iter().find(|item| item.value.is_some()) else {
        return Vec::new();
    };
    if known == Some(binding) || is_mistaken(site) {
        return Vec::new();
    }
    let wrong: &[Value] = &match item.type_name.as_str() {
        "code" | "string" | "uri" => vec![json!(CODE)],
        "Coding" => vec![json!({"system": SYSTEM, "code": CODE})],
        "CodeableConcept" => vec![
            json!({"coding": [{"system": SYSTEM, "code": CODE}]}),
            json!({"text": "words alone"}),
        ],
        "Quantity" | "Duration" | "Age" => {
            vec![json!({"value": 1, "system": SYSTEM, "code": CODE})]
        }
        _ => return Vec::new(),
    };
    // Of a preferred binding with a maximum, words alone are no code outside of it.
    let needs_code = binding.strength >= Strength::Extensible;
    let system = Some(SYSTEM).filter(|_| item.value.is_some_and(Value::is_object));
    let is_outside =
        |set: &str| LIBRARY.terminology.check(set, system, CODE) == Membership::NotMember;
    let mut out = Vec::new();
    let mut add = |kind, set: &str, rule, severity| {
        if is_outside(set) {
            let wrong = wrong
                .iter()
                .filter(|value| needs_code || value.get("text").is_none());
            out.extend(wrong.map(|value| {
                Mutant::new(kind, &item.pointer, &[rule])
                    .severity(severity)
                    .setting(value.clone())
            }));
        }
    };
    match binding.strength {
        Strength::Required => {
            add(
                "required binding",
                &binding.value_set,
                "binding-required",
                Severity::Error,
            );
        }
        Strength::Extensible => {
            add(
                "extensible binding",
                &binding.value_set,
                "binding-extensible",
                Severity::Warning,
            );
        }
        Strength::Preferred | Strength::Example => {}
    }
    if let Some(set) = &binding.max_value_set
        && binding.strength != Strength::Required
    {
        add("maximum value set", set, "binding-maximum", Severity::Error);
    }
    out
}

/// The one binding that is taken for weaker than it is written: R4's vital signs require UCUM of every
/// value of a component, which R4B and R5 took back.
fn is_mistaken(site: &Site<'_>) -> bool {
    site.element().path == "Observation.component.value[x]"
        && site.profile == Some("http://hl7.org/fhir/StructureDefinition/vitalsigns")
}
