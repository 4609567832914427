//! Any JSON as a StructureDefinition: snapshot, compilation, and a resource judged by it.

#![no_main]

use std::borrow::Cow;

use fhir_assay::definition::Definitions;
use fhir_assay::package::Package;
use fhir_assay::profile::Validator;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// The profile's canonical, whatever the input says: it is to be found.
const CANONICAL: &str = "http://example.org/StructureDefinition/fuzzed";

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut definition) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let Some(members) = definition.as_object_mut() else {
        return;
    };
    members.insert("resourceType".to_owned(), json!("StructureDefinition"));
    members.insert("url".to_owned(), json!(CANONICAL));
    let file = (
        "StructureDefinition-fuzzed.json".to_owned(),
        Cow::Owned(definition.to_string().into_bytes()),
    );
    let Ok(package) = Package::from_files("fuzzed", [file]) else {
        return;
    };
    let validator = Validator::new(Definitions::embedded().with_package(package));
    let _ = validator.prepare(&[CANONICAL.to_owned()]);
    let observation = json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-01-01",
        "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": {"value": 120, "unit": "mmHg"}},
            {"code": {"text": "other"}, "dataAbsentReason": {"text": "unknown"}}
        ]
    });
    validator.validate(&observation, &[CANONICAL.to_owned()]);
});
