//! Search semantics take whatever they are given: any query text, and resources of any shape.

use fhir_assay::search::{Context, Criterion, Form, Query, derive_all, parameters};
use serde_json::{Value, json};

const TYPES: [&str; 6] = [
    "Patient",
    "Condition",
    "Observation",
    "Encounter",
    "Immunization",
    "MedicationRequest",
];

const VALUES: [&str; 30] = [
    "",
    " ",
    "\\",
    "\\,",
    ",",
    "|",
    "||",
    "a|",
    "|a",
    "$",
    "ge",
    "geé",
    "ége2020",
    "2020-02-30",
    "9999-12-31T23:59:60.999999999999+14:00",
    "0001-01-01T00:00:00-14:00",
    "ap0001",
    "eb9999",
    "2020-01-01T",
    "T",
    "-",
    "http://",
    "://",
    "Patient/",
    "/1",
    "Patient/1/_history/",
    "#",
    "\u{0}",
    "\u{300}",
    "\u{1f600}",
];

/// Values where others belong.
fn strange() -> Vec<Value> {
    vec![
        Value::Null,
        json!(1e308),
        json!(-1),
        json!(true),
        json!(""),
        json!("\u{300}e"),
        json!([]),
        json!([null, [], [[{}]], 7, "x"]),
        json!({}),
        json!({ "coding": 7, "start": {}, "end": [], "reference": 5, "family": {}, "event": "x" }),
        json!({ "coding": [null, "x", { "system": 1, "code": [] }], "event": [], "repeat": 3 }),
        json!({ "reference": "#", "start": "x", "end": "9999-99-99" }),
        json!({ "reference": "Patient/1/_history/", "repeat": { "boundsPeriod": [] } }),
        json!({ "reference": "/", "event": ["2020", 7] }),
    ]
}

#[test]
fn nothing_brings_a_search_down() {
    let mut parsed = 0;
    for resource_type in TYPES {
        for parameter in parameters(resource_type) {
            for modifier in [
                "",
                ":missing",
                ":not",
                ":exact",
                ":contains",
                ":identifier",
                ":",
                ".identifier",
                ".",
            ] {
                for value in VALUES {
                    let name = format!("{}{modifier}", parameter.name);
                    let Ok(query) = Query::parse(resource_type, &[(name, value)]) else {
                        continue;
                    };
                    parsed += 1;
                    for path in parameter.element.paths {
                        for value in strange() {
                            // Of each answer it is only asked that there is one.
                            let resource = nested(resource_type, path, value);
                            let _ = query.matches(&resource, &Context::new("", &()));
                            let _ =
                                query.matches(&resource, &Context::new("http://x/", &()).in_utc());
                        }
                    }
                }
            }
        }
    }
    assert!(parsed > 500, "only {parsed} of the queries could be read");
}

#[test]
fn nothing_brings_a_derivation_down() {
    let forms = [
        Form::Token,
        Form::Code,
        Form::SystemCode,
        Form::System,
        Form::NoSystem,
        Form::Reference,
        Form::Id,
        Form::Date,
        Form::Day,
        Form::Month,
        Form::Year,
        Form::String,
        Form::Start,
        Form::Folded,
        Form::Upper,
        Form::Uri,
    ];
    for resource_type in TYPES {
        for parameter in parameters(resource_type) {
            for (path, value) in parameter
                .element
                .paths
                .iter()
                .flat_map(|path| strange().into_iter().map(move |value| (path, value)))
            {
                let resource = nested(resource_type, path, value);
                for form in forms {
                    let _ = derive_all(resource_type, parameter.name, &resource, form);
                }
            }
        }
    }
}

#[test]
fn names_of_any_kind_are_answered() {
    for name in [
        "",
        ":",
        ".",
        ":.",
        "patient.",
        ".patient",
        "patient:.identifier",
        "é:é.é",
        "patient..x",
    ] {
        assert!(Criterion::parse("Condition", name, "1").is_err(), "{name}");
    }
    let long = "patient.".repeat(100_000);
    assert!(Criterion::parse("Condition", &long, "1").is_err());
}

/// A resource with the value at this path.
fn nested(resource_type: &str, path: &str, value: Value) -> Value {
    let inner = path
        .rsplit('.')
        .fold(value, |value, name| json!({ name: value }));
    let mut resource = json!({ "resourceType": resource_type, "id": "1" });
    if let (Some(resource), Value::Object(inner)) = (resource.as_object_mut(), inner) {
        resource.extend(inner);
    }
    resource
}
