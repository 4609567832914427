//! Faults of the CapabilityStatement.

use serde_json::{Value, json};

use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "capability-actor-missing",
        description: "The CapabilityStatement does not name the actor of the guide.",
        caught_by: &["capability-actor"],
        also: &[
            "document-role",
            "document-submission-declared",
            "document-no-create",
            "capability-both-roles",
        ],
        seam: Seam::Declare(|statement| remove(statement, "instantiates")),
    },
    Fault {
        name: "capability-version-wrong",
        description: "The CapabilityStatement declares another version of FHIR than the one spoken.",
        caught_by: &["capability-fhir-version"],
        also: &["capability-statement-valid"],
        seam: Seam::Declare(|statement| statement["fhirVersion"] = json!("5.0.0")),
    },
    Fault {
        name: "capability-format-missing",
        description: "The CapabilityStatement declares XML only.",
        caught_by: &["capability-json"],
        also: &[],
        seam: Seam::Declare(|statement| statement["format"] = json!(["application/fhir+xml"])),
    },
    Fault {
        name: "capability-match-missing",
        description: "The CapabilityStatement does not declare that patients are matched.",
        caught_by: &["match-offered"],
        also: &[],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| remove(declared, "operation"));
        }),
    },
    Fault {
        name: "capability-reference-policy-missing",
        description: "The CapabilityStatement does not say that references resolve.",
        caught_by: &["capability-reference-policy"],
        also: &[],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| remove(declared, "referencePolicy"));
        }),
    },
    Fault {
        name: "capability-content-guide-missing",
        description: "The CapabilityStatement names no guide of a priority category.",
        caught_by: &["capability-content-guide", "document-guides"],
        also: &["document-guides"],
        seam: Seam::Declare(|statement| remove(statement, "implementationGuide")),
    },
    Fault {
        name: "capability-status-parameter-missing",
        description: "Searches by status work and are not declared.",
        caught_by: &["capability-parameters-declared"],
        also: &["group:capabilities"],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                retain(declared, "searchParam", |parameter| {
                    parameter["name"] != "status"
                });
            });
        }),
    },
    Fault {
        name: "capability-kind-requirements",
        description: "The CapabilityStatement is the guide's own, of kind requirements.",
        caught_by: &["capability-kind"],
        also: &["capability-statement-valid"],
        seam: Seam::Declare(|statement| {
            statement["kind"] = json!("requirements");
            remove(statement, "implementation");
            remove(statement, "software");
        }),
    },
    Fault {
        name: "capability-software-missing",
        description: "The CapabilityStatement names neither software nor implementation.",
        caught_by: &["capability-statement-valid"],
        also: &["capability-kind"],
        seam: Seam::Declare(|statement| {
            remove(statement, "implementation");
            remove(statement, "software");
        }),
    },
    Fault {
        name: "capability-rest-missing",
        description: "The CapabilityStatement declares no resource types.",
        caught_by: &["capability-server-mode", "capability-statement-valid"],
        also: &["group:capabilities", "smart-configuration-agrees"],
        seam: Seam::Declare(|statement| remove(statement, "rest")),
    },
    Fault {
        name: "capability-security-missing",
        description: "The CapabilityStatement says nothing about security.",
        caught_by: &["capability-security"],
        also: &["smart-configuration-agrees"],
        seam: Seam::Declare(|statement| {
            each(statement, "rest", |rest| remove(rest, "security"));
        }),
    },
    Fault {
        name: "capability-patient-missing",
        description: "The CapabilityStatement does not declare Patient.",
        caught_by: &["capability-patient"],
        also: &[
            "capability-ipa-profiles",
            "capability-patient-demographics",
            "capability-patient-search",
            "capability-profiles",
            "match-offered",
        ],
        seam: Seam::Declare(|statement| {
            each(statement, "rest", |rest| {
                if let Some(types) = rest.get_mut("resource").and_then(Value::as_array_mut) {
                    types.retain(|declared| declared["type"] != "Patient");
                }
            });
        }),
    },
    Fault {
        name: "capability-include-missing",
        description: "The CapabilityStatement does not say that Provenance can be included.",
        caught_by: &["capability-include-provenance"],
        also: &[],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| remove(declared, "searchRevInclude"))
        }),
    },
    Fault {
        name: "capability-medication-include-missing",
        description: "The CapabilityStatement does not say that medications can be included.",
        caught_by: &["capability-include-medication"],
        also: &[],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| remove(declared, "searchInclude"))
        }),
    },
    Fault {
        name: "capability-medication-read-missing",
        description: "The CapabilityStatement does not say that medications can be read.",
        caught_by: &["capability-read-medication"],
        also: &[],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                if declared["type"] == "Medication" {
                    remove(declared, "interaction");
                }
            })
        }),
    },
    Fault {
        name: "capability-patient-only",
        description: "The CapabilityStatement declares nothing but Patient.",
        caught_by: &["capability-more-than-patient"],
        also: &[
            "group:capabilities",
            "documents-none",
            "documents-unknown-parameter",
            "documents-of-one-patient",
            "document-unknown",
            "documents-with-provenance",
            "write-create-by-id",
            "write-patch",
        ],
        seam: Seam::Declare(|statement| {
            each(statement, "rest", |rest| {
                if let Some(types) = rest.get_mut("resource").and_then(Value::as_array_mut) {
                    types.retain(|declared| declared["type"] == "Patient");
                }
            });
        }),
    },
    Fault {
        name: "capability-patient-parameter-missing",
        description: "Clinical types are declared without the search parameter patient.",
        caught_by: &["capability-search-by-patient"],
        also: &["document-parameters-required"],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                retain(declared, "searchParam", |parameter| {
                    parameter["name"] != "patient"
                });
            })
        }),
    },
    Fault {
        name: "capability-identifier-parameter-missing",
        description: "Patient is declared without the search parameter identifier.",
        caught_by: &["capability-patient-search"],
        also: &["document-parameters-recommended"],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                retain(declared, "searchParam", |parameter| {
                    parameter["name"] != "identifier"
                });
            })
        }),
    },
    Fault {
        name: "capability-demographics-missing",
        description: "Patient is declared without the search parameters for names and the birth date.",
        caught_by: &["capability-patient-demographics"],
        also: &[],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                retain(declared, "searchParam", |parameter| {
                    !["family", "given", "birthdate"]
                        .iter()
                        .any(|name| parameter["name"] == *name)
                });
            })
        }),
    },
    Fault {
        name: "capability-category-parameter-missing",
        description: "Types are declared without the search parameter category.",
        caught_by: &["capability-search-by-category"],
        also: &[
            "capability-parameters-declared",
            "document-parameters-recommended",
        ],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                retain(declared, "searchParam", |parameter| {
                    parameter["name"] != "category"
                });
            })
        }),
    },
    Fault {
        name: "capability-supporting-missing",
        description: "The CapabilityStatement does not declare Practitioner and Organization.",
        caught_by: &["capability-supporting-types"],
        also: &[],
        seam: Seam::Declare(|statement| {
            each(statement, "rest", |rest| {
                retain(rest, "resource", |declared| {
                    declared["type"] != "Practitioner" && declared["type"] != "Organization"
                });
            });
        }),
    },
    Fault {
        name: "capability-declares-writes",
        description: "Types are declared with the interactions create and update.",
        caught_by: &["capability-read-only"],
        also: &["document-no-create"],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                if let Some(interactions) = declared["interaction"].as_array_mut() {
                    interactions.extend([json!({ "code": "create" }), json!({ "code": "update" })]);
                }
            })
        }),
    },
    Fault {
        name: "capability-client-mode",
        description: "The CapabilityStatement declares a client.",
        caught_by: &["capability-server-mode"],
        also: &["group:capabilities"],
        seam: Seam::Declare(|statement| {
            each(statement, "rest", |rest| rest["mode"] = json!("client"));
        }),
    },
    Fault {
        name: "capability-read-missing",
        description: "Types are declared without the interaction read.",
        caught_by: &["capability-clinical-interactions"],
        also: &[
            "capability-read-medication",
            "capability-patient",
            "capability-supporting-types",
            "document-interactions",
            "document-binary-declared",
            "document-bundle-declared",
        ],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                retain(declared, "interaction", |interaction| {
                    interaction["code"] != "read"
                });
            })
        }),
    },
    Fault {
        name: "capability-search-missing",
        description: "Types are declared without the interaction search-type.",
        caught_by: &["capability-clinical-interactions"],
        also: &["capability-patient", "document-interactions"],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                retain(declared, "interaction", |interaction| {
                    interaction["code"] != "search-type"
                });
            })
        }),
    },
    Fault {
        name: "capability-profile-missing",
        description: "Types are declared without the profiles that they support.",
        caught_by: &["capability-profiles", "capability-ipa-profiles"],
        also: &["document-profiles"],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| remove(declared, "supportedProfile"))
        }),
    },
    Fault {
        name: "capability-parameter-type-wrong",
        description: "Date parameters are declared as strings.",
        caught_by: &["capability-parameter-type"],
        also: &[
            "capability-patient-demographics",
            "capability-statement-valid",
        ],
        seam: Seam::Declare(|statement| {
            each_type(statement, |declared| {
                each(declared, "searchParam", |parameter| {
                    if parameter["type"] == "date" {
                        parameter["type"] = json!("string");
                    }
                });
            })
        }),
    },
];

pub(super) fn remove(value: &mut Value, name: &str) {
    if let Some(members) = value.as_object_mut() {
        members.remove(name);
    }
}

fn each(value: &mut Value, name: &str, act: impl FnMut(&mut Value)) {
    if let Some(items) = value.get_mut(name).and_then(Value::as_array_mut) {
        items.iter_mut().for_each(act);
    }
}

fn each_type(statement: &mut Value, act: fn(&mut Value)) {
    each(statement, "rest", |rest| each(rest, "resource", act));
}

/// Keeps some items of a list; a list without items is left out, as FHIR demands.
pub(super) fn retain(value: &mut Value, name: &str, keep: fn(&Value) -> bool) {
    if let Some(items) = value.get_mut(name).and_then(Value::as_array_mut) {
        items.retain(keep);
        if items.is_empty() {
            remove(value, name);
        }
    }
}
