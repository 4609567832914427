//! Any JSON as a StructureDefinition: snapshot, compilation, and resources judged by it.

#![no_main]

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use fhir_assay::definition::Definitions;
use fhir_assay::fhirpath::hide_caught_panics;
use fhir_assay::package::Package;
use fhir_assay::profile::Validator;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use serde_json::{Value, json};

/// The profile's canonical, whatever the input says: it is to be found.
const CANONICAL: &str = "http://example.org/StructureDefinition/fuzzed";

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(Definitions::embedded);

static RESOURCES: LazyLock<[Value; 2]> = LazyLock::new(|| {
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
    let patient = json!({
        "resourceType": "Patient",
        "contained": [{"resourceType": "Organization", "id": "o", "name": "N"}],
        "extension": [{"url": "http://example.org/x", "valueString": "y"}],
        "identifier": [{"system": "urn:oid:1.2", "value": "1"}],
        "name": [{"family": "A", "given": ["B", "C"]}],
        "deceasedBoolean": false,
        "managingOrganization": {"reference": "#o"}
    });
    [observation, patient]
});

fuzz_target!(init: hide_caught_panics(), |bytes: &[u8]| {
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
    let validator = Validator::new(DEFINITIONS.clone().with_package(package));
    let profiles = [CANONICAL.to_owned()];
    let _ = validator.generate_snapshot(&Arc::new(definition));
    if validator.prepare(&profiles).is_ok() {
        for resource in RESOURCES.iter() {
            validator.validate(resource, &profiles);
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fhir_assay_fuzz::mutate_json(data, size, max_size, seed)
});
