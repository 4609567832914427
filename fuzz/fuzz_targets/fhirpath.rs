//! Any text as a FHIRPath expression, over a typed and an untyped resource: an error or a result.

#![no_main]

use std::sync::LazyLock;

use fhir_assay::definition::Definitions;
use fhir_assay::fhirpath::{Engine, Focus, hide_caught_panics};
use fhir_assay::profile::Validator;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| Validator::new(Definitions::embedded()));
static UNTYPED: LazyLock<Engine> = LazyLock::new(Engine::untyped);

static PATIENT: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "resourceType": "Patient",
        "id": "p",
        "contained": [{"resourceType": "Organization", "id": "o", "name": "N"}],
        "extension": [{"url": "http://example.org/x", "valueDecimal": 1.50}],
        "identifier": [{"system": "urn:oid:1.2", "value": "1"}, {"value": "ä€"}],
        "name": [{"family": "A", "given": ["B", null], "_given": [null, {"id": "g"}]}],
        "birthDate": "2020-02-29",
        "deceasedDateTime": "2021-01-01T00:00:00.000+14:00",
        "multipleBirthInteger": -2147483648_i64,
        "managingOrganization": {"reference": "#o"}
    })
});

fuzz_target!(init: hide_caught_panics(), |expression: &str| {
    let focus = Focus::of(&PATIENT);
    let _ = UNTYPED.evaluate(expression, &PATIENT, focus);
    let _ = VALIDATOR.fhirpath().evaluate(expression, &PATIENT, focus);
});
