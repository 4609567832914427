//! Faults of the resources that are shown.

use serde_json::{Map, Value, json};

use super::{Fault, Seam};

pub(super) static FAULTS: &[Fault] = &[
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
        also: &[],
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
        ],
        seam: Seam::Show(|resource| {
            each_reference_object(resource, &mut |members| {
                members.remove("reference");
                members.insert("display".to_owned(), json!("see record"));
            });
        }),
    },
    Fault {
        name: "profile-violation-mandatory-missing",
        description: "The element that says what a resource is about, such as code or name, is missing.",
        caught_by: &[
            "content-base",
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-test-results",
        ],
        also: &[
            "searchset-valid",
            "records-condition-text",
            "search-elements",
            "every-version",
            "patient-profile",
            "patient-name-text",
        ],
        seam: Seam::Show(|resource| {
            let names = [
                "code",
                "vaccineCode",
                "medicationCodeableConcept",
                "medicationReference",
                "class",
                "name",
            ];
            if let Some(members) = resource.as_object_mut() {
                members.retain(|name, _| !names.contains(&name.as_str()));
            }
        }),
    },
    Fault {
        name: "profile-violation-birth-date-missing",
        description: "A patient has no birth date and nothing that says why.",
        caught_by: &["content-eu-core", "content-ipa"],
        also: &[
            "searchset-valid",
            "content-base",
            "every-version",
            "patient-profile",
        ],
        seam: Seam::Show(|resource| {
            if let Some(members) = resource.as_object_mut() {
                members.retain(|name, _| !name.ends_with("birthDate"));
            }
        }),
    },
    Fault {
        name: "profile-violation-identifier-without-value",
        description: "A patient's identifiers have no value, which IPA demands.",
        caught_by: &["content-patient-identifier", "content-ipa"],
        also: &[
            "searchset-valid",
            "content-base",
            "content-eu-core",
            "every-version",
            "patient-profile",
        ],
        seam: Seam::Show(|resource| {
            if text(resource, "resourceType") == "Patient" {
                resource["identifier"] = json!([{ "system": "urn:oid:2.16.840.1.113883.4.6" }]);
            }
        }),
    },
    Fault {
        name: "profile-violation-local-code",
        description: "The status holds a code of the server's own.",
        caught_by: &["content-base"],
        also: &[
            "searchset-valid",
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-test-results",
            "search-by-parameter",
            "group:search",
            "docref-replaced",
            "docref-status",
            "docref-profile",
            "every-version",
            "patient-profile",
        ],
        seam: Seam::Show(|resource| {
            for name in ["status", "gender"] {
                replace(resource, name, json!("x-done"));
            }
            replace(
                resource,
                "clinicalStatus",
                json!({ "coding": [{ "code": "x-open" }] }),
            );
        }),
    },
    Fault {
        name: "profile-violation-local-date",
        description: "Dates are written as in the country of the server.",
        caught_by: &["content-base"],
        also: &["group:bundle", "group:content", "group:search"],
        seam: Seam::Show(|resource| {
            let names = [
                "birthDate",
                "onsetDateTime",
                "effectiveDateTime",
                "authoredOn",
                "whenHandedOver",
                "occurrenceDateTime",
                "recordedDate",
            ];
            for name in names {
                replace(resource, name, json!("14.01.2013"));
            }
            if resource.get("period").is_some() {
                resource["period"] = json!({ "start": "14.01.2013" });
            }
        }),
    },
    Fault {
        name: "profile-violation-list-flattened",
        description: "A list with one item is written as the item alone.",
        caught_by: &["content-base"],
        also: &[
            "searchset-valid",
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-test-results",
            "read-in-xml",
            "read-format-spelling",
            "search-in-xml",
            "every-error",
            "document-resolves",
            "document-valid",
            "documents-in-xml",
            "document-intact",
            "document-stable",
            "document-other-encoding",
            "patient-by-identifier-in-xml",
            "docref-profile",
            "patient-profile",
            "submission-twice",
        ],
        seam: Seam::Show(|resource| {
            for (name, value) in resource.as_object_mut().into_iter().flatten() {
                let items = value.as_array_mut().filter(|_| name != "contained");
                if let Some(first) = items.and_then(|items| items.first_mut()).map(Value::take) {
                    *value = first;
                }
            }
        }),
    },
    Fault {
        name: "profile-violation-unknown-member",
        description: "Resources hold members of the server's own that are no extensions.",
        caught_by: &["content-base"],
        also: &[
            "searchset-valid",
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-test-results",
            "read-in-xml",
            "read-format-spelling",
            "search-in-xml",
            "every-error",
            "document-valid",
            "documents-in-xml",
            "document-intact",
            "document-stable",
            "document-other-encoding",
            "patient-by-identifier-in-xml",
            "docref-profile",
            "every-version",
            "patient-profile",
        ],
        seam: Seam::Show(|resource| resource["internalId"] = json!(4711)),
    },
    Fault {
        name: "profile-violation-null-members",
        description: "Elements without a value are written as null.",
        caught_by: &["content-base"],
        also: &[
            "searchset-valid",
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-test-results",
            "read-in-xml",
            "read-format-spelling",
            "every-version",
            "document-valid",
            "document-intact",
            "document-stable",
            "docref-profile",
            "patient-profile",
        ],
        seam: Seam::Show(|resource| resource["language"] = Value::Null),
    },
    Fault {
        name: "profile-violation-number-as-text",
        description: "Numbers and booleans are written as texts.",
        caught_by: &["content-base"],
        also: &[
            "searchset-valid",
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-test-results",
            "read-in-xml",
            "read-format-spelling",
            "every-version",
            "document-valid",
            "document-stable",
            "patient-retired-read",
            "patient-retired-search",
            "docref-profile",
            "patient-profile",
        ],
        seam: Seam::Show(texts_for_numbers),
    },
    Fault {
        name: "profile-violation-invariant",
        description: "A contained resource that nothing refers to (dom-3).",
        caught_by: &["content-base"],
        also: &[
            "searchset-valid",
            "content-eu-core",
            "content-ipa",
            "content-ipa-part",
            "content-test-results",
            "references-resolve",
            "document-valid",
            "document-intact",
            "document-stable",
            "document-other-encoding",
            "docref-profile",
            "every-error",
            "every-version",
            "patient-profile",
            "provenance-of-mxde",
        ],
        seam: Seam::Show(|resource| {
            resource["contained"] =
                json!([{ "resourceType": "Organization", "id": "lost", "name": "Nowhere" }]);
        }),
    },
];

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn replace(resource: &mut Value, name: &str, by: Value) {
    if let Some(value) = resource.get_mut(name) {
        *value = by;
    }
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

fn texts_for_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => *value = json!(number.to_string()),
        Value::Bool(is) => *value = json!(is.to_string()),
        Value::Array(items) => items.iter_mut().for_each(texts_for_numbers),
        Value::Object(members) => members.values_mut().for_each(texts_for_numbers),
        _ => {}
    }
}
