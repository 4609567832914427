//! Faults of ids, references and metadata.

use serde_json::{Map, Value, json};

use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "read-differs-from-search",
        description: "A read leaves out details that a search shows.",
        caught_by: &["every-version", "read-same-as-search", "document-read"],
        also: &[
            "content-base",
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-patient-identifier",
            "content-test-results",
            "must-support",
            "document-identified",
            "document-valid",
            "document-read",
            "document-intact",
            "document-stable",
            "patient-profile",
            "patient-name-text",
            "submission-accepted",
        ],
        seam: Seam::ShowRead(|resource| {
            let names = [
                "identifier",
                "category",
                "name",
                "encounter",
                "context",
                "dosage",
            ];
            if let Some(members) = resource.as_object_mut() {
                members.retain(|name, _| !names.contains(&name.as_str()));
            }
        }),
    },
    Fault {
        name: "read-returns-other-id",
        description: "A read returns a resource whose id is not the one that was asked for.",
        caught_by: &["read-same-as-search", "read-supporting"],
        also: &[
            "group:bundle",
            "group:content",
            "group:read",
            "group:references",
            "group:search",
        ],
        seam: Seam::ShowRead(|resource| {
            let id = text(resource, "id").to_owned();
            resource["id"] = json!(format!("{id}-1"));
        }),
    },
    Fault {
        name: "dangling-references",
        description: "References other than those to the patient lead to resources that do not exist.",
        caught_by: &["references-resolve"],
        also: &[
            "include-provenance",
            "include-medication",
            "read-supporting",
            "access-scope-supporting",
            "group:references",
            "supporting-without-patients",
            "document-resolves",
            "document-valid",
            "document-intact",
            "document-stable",
            "documents-with-provenance",
            "docref-dual-manifest",
        ],
        seam: Seam::Show(|resource| {
            each_reference(resource, &mut |reference| {
                let local = !reference.starts_with('#') && !reference.starts_with("Patient/");
                local.then(|| format!("{reference}-gone"))
            });
        }),
    },
    Fault {
        name: "dangling-encounters",
        description: "References to encounters lead to resources that do not exist.",
        caught_by: &["reference-to-encounter"],
        also: &[
            "references-resolve",
            "document-intact",
            "document-stable",
            "include-provenance",
        ],
        seam: Seam::Show(|resource| {
            each_reference(resource, &mut |reference| {
                let is_encounter = reference.starts_with("Encounter/");
                is_encounter.then(|| format!("{reference}-gone"))
            });
        }),
    },
    Fault {
        name: "dangling-references-but-some",
        description: "References lead to resources that do not exist, but for those of a few resources.",
        caught_by: &["references-resolve"],
        also: &[
            "include-provenance",
            "include-medication",
            "document-resolves",
            "document-valid",
            "document-intact",
            "document-stable",
            "every-version",
            "documents-with-provenance",
            "provenance-document",
            "docref-dual-manifest",
            "reference-to-encounter",
        ],
        seam: Seam::Show(|resource| {
            if !text(resource, "id").ends_with('1') {
                each_reference(resource, &mut |reference| {
                    let local = !reference.starts_with('#') && !reference.starts_with("Patient/");
                    local.then(|| format!("{reference}-gone"))
                });
            }
        }),
    },
    Fault {
        name: "dangling-patient-references",
        description: "Read resources refer to the patient by an id that does not exist.",
        caught_by: &["read-same-as-search"],
        also: &[
            "every-version",
            "group:references",
            "document-valid",
            "document-read",
            "document-intact",
            "document-stable",
            "docref-dual-manifest",
            "document-resolves",
        ],
        seam: Seam::ShowRead(|resource| {
            each_reference(resource, &mut |reference| {
                reference
                    .starts_with("Patient/")
                    .then(|| format!("{reference}-gone"))
            });
        }),
    },
    Fault {
        name: "meta-missing",
        description: "Resources tell neither their version nor when they last changed.",
        caught_by: &["read-meta"],
        also: &["document-intact", "document-stable"],
        seam: Seam::Show(|resource| {
            if let Some(members) = resource.as_object_mut() {
                members.remove("meta");
            }
        }),
    },
    Fault {
        name: "reference-type-wrong",
        description: "Reference.type says Group of what is a patient.",
        caught_by: &["reference-type-agrees"],
        also: &["group:content"],
        seam: Seam::Show(|resource| {
            if resource["subject"]["reference"].is_string() {
                resource["subject"]["type"] = json!("Group");
            }
        }),
    },
    Fault {
        name: "reference-of-wrong-type",
        description: "References to practitioners, organizations and encounters lead to the patient.",
        caught_by: &["content-base"],
        also: &[
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-test-results",
            "documents-by-author",
            "docref-profile",
            "every-version",
        ],
        seam: Seam::Show(|resource| {
            let patient = patient(resource);
            each_reference(resource, &mut |reference| {
                let wrong = ["Practitioner/", "Organization/", "Encounter/"]
                    .iter()
                    .any(|start| reference.starts_with(start));
                patient.clone().filter(|_| wrong)
            });
        }),
    },
    Fault {
        name: "reference-without-target",
        description: "References hold a display text only.",
        caught_by: &["content-ipa"],
        also: &[
            "every-search-by-patient",
            "content-base",
            "content-eu-core",
            "search-answered",
            "records-reference-literal",
            "documents-of-one-patient",
            "document-intact",
            "document-stable",
            "docref-subject",
            "submission-accepted",
            "document-valid",
        ],
        seam: Seam::Show(|resource| {
            each_reference_object(resource, &mut |members| {
                members.remove("reference");
                members.insert("display".to_owned(), json!("see record"));
            });
        }),
    },
];

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn patient(resource: &Value) -> Option<String> {
    crate::provider::store::patient_of(resource).map(str::to_owned)
}

/// Changes every literal reference for which the function has another one.
fn each_reference(value: &mut Value, act: &mut impl FnMut(&str) -> Option<String>) {
    each_reference_object(value, &mut |members| {
        let new = members
            .get("reference")
            .and_then(Value::as_str)
            .and_then(&mut *act);
        if let Some(new) = new {
            members.insert("reference".to_owned(), json!(new));
        }
    });
}

/// Visits every object with a `reference`. Sample data is shallow, so that recursion is bounded.
fn each_reference_object(value: &mut Value, act: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| each_reference_object(item, act)),
        Value::Object(members) => {
            if members.get("reference").is_some_and(Value::is_string) {
                act(members);
            }
            members
                .values_mut()
                .for_each(|member| each_reference_object(member, act));
        }
        _ => {}
    }
}
