//! Faults of resources that break their profiles.

use serde_json::{Value, json};

use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
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
            if resource["resourceType"] == "Patient" {
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

fn replace(resource: &mut Value, name: &str, by: Value) {
    if let Some(value) = resource.get_mut(name) {
        *value = by;
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
