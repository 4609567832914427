//! Faults of content: resources with one rule of a profile broken, each to be reported as the right
//! issue at the right place.

use serde_json::{Value, json};

use crate::provider::seams::{ExpectedIssue, Fault, Seam};

/// What one broken resource may break besides: it is shown in many places.
const ALSO: &[&str] = &[
    "every-error",
    "group:content",
    "patient-by-birth-year",
    "patient-by-birthdate-range",
    "patient-by-demographics",
    "read-in-xml",
    "search-in-xml",
    "searchset-valid",
];

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "content-status-missing",
        description: "An immunization has no status.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Immunization", "cardinality-min"), |resource| {
            remove(resource, "status");
        }),
    },
    Fault {
        name: "content-code-missing",
        description: "An allergy does not say to what.",
        caught_by: &["content-ipa"],
        also: ALSO,
        seam: Seam::Spoil(at("AllergyIntolerance", "cardinality-min"), |resource| {
            remove(resource, "code");
        }),
    },
    Fault {
        name: "content-class-is-list",
        description: "The class of an encounter is a list, as in FHIR R5.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Encounter.class", "json-type"), |resource| {
            resource["class"] = json!([resource["class"].take()]);
        }),
    },
    Fault {
        name: "content-gender-local",
        description: "The gender of a patient is a code of the server's own.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Patient.gender", "binding-required"), |resource| {
            resource["gender"] = json!("w");
        }),
    },
    Fault {
        name: "content-birth-date-local",
        description: "The birth date of a patient is written as in the country of the server.",
        caught_by: &["content-base"],
        also: &[
            "group:content",
            "searchset-valid",
            "patient-by-birthdate",
            "patient-by-demographics",
            "patient-by-birthdate-range",
            "patient-by-birth-year",
        ],
        seam: Seam::Spoil(at("Patient.birthDate", "primitive-format"), |resource| {
            resource["birthDate"] = json!("14.05.1978");
        }),
    },
    Fault {
        name: "content-time-without-zone",
        description: "The time of an encounter has no time zone.",
        caught_by: &["content-base"],
        also: &[
            "group:content",
            "searchset-valid",
            "search-date-from",
            "group:search",
        ],
        seam: Seam::Spoil(
            at("Encounter.period.start", "primitive-format"),
            |resource| {
                set(resource, "/period/start", json!("2021-03-04T09:00:00"));
            },
        ),
    },
    Fault {
        name: "content-list-empty",
        description: "A list without items is shown as an empty list.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Encounter.identifier", "empty-array"), |resource| {
            resource["identifier"] = json!([]);
        }),
    },
    Fault {
        name: "content-null-in-list",
        description: "A list of names holds a null.",
        caught_by: &["content-base"],
        also: &[
            "group:content",
            "searchset-valid",
            "patient-by-name",
            "read-format-spelling",
            "patient-by-demographics",
            "patient-by-exact-name",
            "read-in-xml",
        ],
        seam: Seam::Spoil(at("Patient.name.given", "null-item"), |resource| {
            set(resource, "/name/0/given", json!(["Maria", null]));
        }),
    },
    Fault {
        name: "content-member-misspelt",
        description: "The member for notes is misspelt.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Condition.notes", "unknown-member"), |resource| {
            resource["notes"] = json!([{ "text": "to be seen again" }]);
        }),
    },
    Fault {
        name: "content-boolean-as-text",
        description: "A boolean is written as text.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Immunization.primarySource", "json-type"), |resource| {
            resource["primarySource"] = json!("true");
        }),
    },
    Fault {
        name: "content-quantity-as-text",
        description: "A quantity dispensed is written as text.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(
            at("MedicationDispense.quantity.value", "json-type"),
            |resource| {
                set(resource, "/quantity/value", json!("30"));
            },
        ),
    },
    Fault {
        name: "content-empty-text",
        description: "A text that is not known is empty.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Patient.address.city", "primitive-format"), |resource| {
            set(resource, "/address/0/city", json!(""));
        }),
    },
    Fault {
        name: "content-code-with-space",
        description: "A code begins with a space.",
        caught_by: &["content-base"],
        also: &[
            "group:content",
            "searchset-valid",
            "search-by-parameter",
            "group:search",
        ],
        seam: Seam::Spoil(
            at("MedicationRequest.intent", "primitive-format"),
            |resource| {
                resource["intent"] = json!(" order");
            },
        ),
    },
    Fault {
        name: "content-negative-repeats",
        description: "A prescription may be repeated less than no time.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(
            at(
                "MedicationRequest.dispenseRequest.numberOfRepeatsAllowed",
                "value-min",
            ),
            |resource| {
                set(
                    resource,
                    "/dispenseRequest/numberOfRepeatsAllowed",
                    json!(-1),
                );
            },
        ),
    },
    Fault {
        name: "content-modifier-unknown",
        description: "A modifier extension of the server's own turns the meaning of a diagnosis.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(
            at("Condition.modifierExtension", "modifier-extension-unknown"),
            |resource| {
                resource["modifierExtension"] =
                    json!([{ "url": "http://server.example/not", "valueBoolean": true }]);
            },
        ),
    },
    Fault {
        name: "content-script-in-narrative",
        description: "The narrative of a patient holds a script.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Patient.text.div", "txt-1"), |resource| {
            set(
                resource,
                "/text/div",
                json!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>a()</script></div>"),
            );
        }),
    },
    Fault {
        name: "content-subject-of-other-type",
        description: "The subject of a report is an organization.",
        caught_by: &["content-base"],
        also: &[
            "every-search-by-patient",
            "group:content",
            "searchset-valid",
            "search-answered",
        ],
        seam: Seam::Spoil(
            at("DiagnosticReport.subject", "reference-target"),
            |resource| {
                resource["subject"] = json!({ "reference": "Organization/pt-hospital" });
            },
        ),
    },
    Fault {
        name: "content-contained-missing",
        description: "A prescription refers to a contained resource that is not there.",
        caught_by: &["content-base"],
        also: &["group:content", "searchset-valid", "references-resolve"],
        seam: Seam::Spoil(
            at("MedicationRequest.reasonReference", "reference-contained"),
            |resource| {
                resource["reasonReference"] = json!([{ "reference": "#reason" }]);
            },
        ),
    },
    Fault {
        name: "content-period-reversed",
        description: "An encounter ends before it begins.",
        caught_by: &["content-base"],
        also: &[
            "group:content",
            "searchset-valid",
            "search-date-from",
            "group:search",
        ],
        seam: Seam::Spoil(at("Encounter.period", "per-1"), |resource| {
            resource["period"] = json!({ "start": "2021-03-04", "end": "2021-03-01" });
        }),
    },
    Fault {
        name: "content-status-of-mistake",
        description: "An allergy that was entered in error still has a clinical status.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("AllergyIntolerance", "ait-2"), |resource| {
            resource["verificationStatus"] = json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "code": "entered-in-error" }] });
        }),
    },
    Fault {
        name: "content-value-and-reason",
        description: "A result has a value, and a reason why it has none.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Observation", "obs-6"), |resource| {
            if resource.get("valueQuantity").is_some() {
                resource["dataAbsentReason"] = json!({ "text": "not done" });
            }
        }),
    },
    Fault {
        name: "content-value-twice",
        description: "A result has two values.",
        caught_by: &["content-base"],
        also: ALSO,
        seam: Seam::Spoil(at("Observation", "choice"), |resource| {
            if resource.get("valueQuantity").is_some() {
                resource["valueString"] = json!("high");
            }
        }),
    },
    Fault {
        name: "content-category-missing",
        description: "Results have no category.",
        caught_by: &["content-ipa"],
        also: ALSO,
        seam: Seam::Spoil(at("Observation", "cardinality-min"), |resource| {
            remove(resource, "category");
        }),
    },
    Fault {
        name: "content-identifier-of-nobody",
        description: "The identifier of a patient has no value.",
        caught_by: &["content-ipa"],
        also: ALSO,
        seam: Seam::Spoil(at("Patient.identifier", "cardinality-min"), |resource| {
            if let Some(identifier) = resource.pointer_mut("/identifier/0") {
                remove(identifier, "value");
            }
        }),
    },
];

const fn at(expression: &'static str, rule: &'static str) -> ExpectedIssue {
    ExpectedIssue { expression, rule }
}

/// Replaces what is at this place; where nothing is, nothing changes.
fn set(resource: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = resource.pointer_mut(pointer) {
        *place = value;
    }
}

fn remove(value: &mut Value, name: &str) {
    if let Some(members) = value.as_object_mut() {
        members.remove(name);
    }
}
