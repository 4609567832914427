//! Faults of what records leave out, and of the records that they lead to.

use serde_json::{Map, Value, json};

use crate::provider::seams::{Fault, Seam};

/// The Provenance of what was taken from a document is shown with a change.
const fn derived(
    name: &'static str,
    description: &'static str,
    caught_by: &'static [&'static str],
    act: fn(&mut Value),
) -> Fault {
    Fault {
        name,
        description,
        caught_by,
        also: &["group:content"],
        seam: Seam::Derive(act),
    }
}

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    derived(
        "derivation-without-source",
        "A record is said to be derived, and not from which document.",
        &["provenance-source"],
        |provenance| remove(provenance, "entity"),
    ),
    derived(
        "derivation-without-policy",
        "The Provenance of a derived record does not claim the policy of mXDE.",
        &["provenance-policy"],
        |provenance| remove(provenance, "policy"),
    ),
    derived(
        "derivation-by-another-activity",
        "A record that was derived from a document is said to be created.",
        &["provenance-of-mxde"],
        |provenance| provenance["activity"]["coding"][0]["code"] = json!("Creation"),
    ),
    derived(
        "derivation-by-an-author",
        "Whoever derived a record counts as its author.",
        &["provenance-of-mxde"],
        |provenance| provenance["agent"][0]["type"]["coding"][0]["code"] = json!("author"),
    ),
    derived(
        "derivation-from-two-documents",
        "A Provenance names two documents as source.",
        &["provenance-of-mxde"],
        |provenance| {
            let entity = provenance["entity"][0].clone();
            if let Some(entities) = provenance["entity"].as_array_mut() {
                entities.push(entity);
            }
        },
    ),
    derived(
        "derivation-modified",
        "A Provenance has an extension that changes its meaning.",
        &["provenance-of-mxde"],
        |provenance| {
            provenance["modifierExtension"] =
                json!([{ "url": "https://fhir-assay.invalid/not", "valueBoolean": true }]);
        },
    ),
    derived(
        "derivation-tomorrow",
        "A Provenance was recorded in the future.",
        &["provenance-time"],
        |provenance| provenance["recorded"] = json!("2999-01-01T00:00:00Z"),
    ),
    derived(
        "derivation-from-a-stranger",
        "A record was taken from the document of another patient.",
        &["provenance-document"],
        |provenance| {
            let other = of_another(provenance, "DocumentReference", "document-2");
            provenance["entity"][0]["what"] = json!({ "reference": other });
        },
    ),
    Fault {
        name: "read-leaves-out-elements",
        description: "A read leaves out what a search shows: categories, texts of dosages and values.",
        caught_by: &["must-support"],
        also: &["group:content", "group:read", "group:references"],
        seam: Seam::ShowRead(|resource| {
            for member in ["category", "dosage", "dosageInstruction", "valueQuantity"] {
                remove(resource, member);
            }
        }),
    },
    Fault {
        name: "patient-by-identifier-alone",
        description: "Immunizations name their patient by an identifier instead of a reference.",
        caught_by: &["records-reference-literal"],
        also: &[
            "group:bundle",
            "group:content",
            "group:isolation",
            "group:references",
            "group:search",
        ],
        seam: Seam::Show(|resource| {
            of_type(resource, "Immunization", |resource| {
                resource["patient"] = json!({ "identifier": { "value": "7" } });
            });
        }),
    },
    Fault {
        name: "contains-what-has-an-identity",
        description: "Contained resources have identifiers, as if they were known by them.",
        caught_by: &["records-contained-identity"],
        also: &["group:content"],
        seam: Seam::Show(|resource| {
            each_contained(resource, |contained| {
                let identifier = json!([{ "system": "urn:oid:2.999.1", "value": "7" }]);
                contained.insert("identifier".to_owned(), identifier);
            });
        }),
    },
    Fault {
        name: "contained-medication-without-code",
        description: "A contained Medication has no code.",
        caught_by: &["records-contained-medication"],
        also: &["group:content"],
        seam: Seam::Show(|resource| {
            each_contained(resource, |contained| {
                if contained["resourceType"] == "Medication" {
                    contained.remove("code");
                }
            });
        }),
    },
    Fault {
        name: "diagnosis-without-words",
        description: "The code of a Condition has neither display nor text.",
        caught_by: &["records-condition-text"],
        also: &["group:content"],
        seam: Seam::Show(|resource| {
            of_type(resource, "Condition", |resource| {
                remove(&mut resource["code"], "text");
                let codings = resource["code"].get_mut("coding");
                for coding in codings.and_then(Value::as_array_mut).into_iter().flatten() {
                    remove(coding, "display");
                }
            });
        }),
    },
    Fault {
        name: "prescription-of-somebody-else",
        description: "A dispense refers to the prescription of another patient.",
        caught_by: &["reference-to-prescription"],
        also: &["group:content"],
        seam: Seam::Show(|resource| {
            of_type(resource, "MedicationDispense", |resource| {
                let other = of_another(resource, "MedicationRequest", "request-1");
                resource["authorizingPrescription"] = json!([{ "reference": other }]);
            });
        }),
    },
    Fault {
        name: "results-of-somebody-else",
        description: "A report refers to an observation of another patient.",
        caught_by: &["reference-to-result"],
        also: &["group:content"],
        seam: Seam::Show(|resource| {
            of_type(resource, "DiagnosticReport", |resource| {
                if resource.get("result").is_some() {
                    let other = of_another(resource, "Observation", "observation-07");
                    resource["result"] = json!([{ "reference": other }]);
                }
            });
        }),
    },
    Fault {
        name: "medication-without-code",
        description: "A Medication has no code.",
        caught_by: &["reference-to-medication"],
        also: &["group:content"],
        seam: Seam::Show(|resource| {
            of_type(resource, "Medication", |resource| remove(resource, "code"));
        }),
    },
    Fault {
        name: "dispensed-product-missing",
        description: "The product that was dispensed cannot be read.",
        caught_by: &["reference-to-dispensed-product"],
        also: &["references-resolve"],
        seam: Seam::Show(|resource| {
            of_type(resource, "MedicationDispense", |resource| {
                if resource.get("medicationReference").is_some() {
                    resource["medicationReference"] =
                        json!({ "reference": "Medication/no-longer-there" });
                }
            });
        }),
    },
];

fn of_type(resource: &mut Value, kind: &str, act: impl FnOnce(&mut Value)) {
    if resource["resourceType"] == kind {
        act(resource);
    }
}

fn remove(value: &mut Value, member: &str) {
    if let Some(members) = value.as_object_mut() {
        members.remove(member);
    }
}

fn each_contained(resource: &mut Value, act: impl Fn(&mut Map<String, Value>)) {
    let contained = resource.get_mut("contained").and_then(Value::as_array_mut);
    for one in contained.into_iter().flatten() {
        if let Some(members) = one.as_object_mut() {
            act(members);
        }
    }
}

/// A reference to a record of a patient who is not this one.
fn of_another(resource: &Value, kind: &str, record: &str) -> String {
    let is_dutch = resource["id"]
        .as_str()
        .is_some_and(|id| id.starts_with("nl-"));
    let country = if is_dutch { "de" } else { "nl" };
    format!("{kind}/{country}-{record}")
}
