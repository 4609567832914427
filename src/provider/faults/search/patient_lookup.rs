//! Faults of finding patients by demographics, and of records that were merged.

use axum::http::header;
use serde_json::{Value, json};

use crate::provider::model::{Content, Interaction};
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "contact-data-finds-nobody",
        description: "Searches by telecom and address are answered, and find nobody.",
        caught_by: &["patient-by-demographics"],
        also: &[],
        seam: Seam::Ask(|_, parameters| {
            for (name, value) in parameters {
                if name == "telecom" || name.starts_with("address") {
                    "nobody".clone_into(value);
                }
            }
        }),
    },
    Fault {
        name: "first-demographic-alone",
        description: "Of several demographics only the first is looked at.",
        caught_by: &["patient-by-demographics-both"],
        also: &["group:search", "every-search"],
        seam: Seam::Ask(|resource_type, parameters| {
            if resource_type == "Patient" {
                let first = parameters.first().map(|(name, _)| name.clone());
                parameters
                    .retain(|(name, _)| Some(name) == first.as_ref() || name.starts_with('_'));
            }
        }),
    },
    Fault {
        name: "exact-is-ignored",
        description: "A search for an exact name finds names that begin with it.",
        caught_by: &["patient-by-exact-name"],
        also: &[],
        seam: Seam::Ask(|_, parameters| {
            for (name, _) in parameters {
                if let Some(base) = name.strip_suffix(":exact") {
                    *name = base.to_owned();
                }
            }
        }),
    },
    Fault {
        name: "exact-finds-nobody",
        description: "A search for an exact name is answered, and finds nobody.",
        caught_by: &["patient-by-exact-name-all", "patient-by-exact-name"],
        also: &[],
        seam: Seam::Ask(|_, parameters| {
            for (name, value) in parameters {
                if name.ends_with(":exact") {
                    value.push('x');
                }
            }
        }),
    },
    Fault {
        name: "last-update-of-patients-ignored",
        description: "A search for patients ignores _lastUpdated.",
        caught_by: &["patient-by-last-update"],
        also: &["every-search"],
        seam: Seam::Ask(|resource_type, parameters| {
            if resource_type == "Patient" {
                parameters.retain(|(name, _)| name != "_lastUpdated");
            }
        }),
    },
    Fault {
        name: "identifier-without-system-finds-all",
        description: "A search by an identifier without its system finds every patient.",
        caught_by: &["patient-by-value-alone"],
        also: &["group:search", "every-search"],
        seam: Seam::Ask(|resource_type, parameters| {
            for (name, value) in parameters {
                if resource_type == "Patient" && name == "identifier" && !value.contains('|') {
                    "active".clone_into(name);
                    "true".clone_into(value);
                }
            }
        }),
    },
    Fault {
        name: "patient-in-xml-not-found",
        description: "A search for patients in XML is answered, and finds nobody.",
        caught_by: &["patient-by-identifier-in-xml"],
        also: &["group:search", "group:read", "group:bundle"],
        seam: Seam::Serialise(|ask, reply| {
            let is_meant = ask.is_some_and(|ask| {
                let accept = ask.header(&header::ACCEPT).unwrap_or_default();
                let of_patients = Interaction::Search {
                    resource_type: "Patient".to_owned(),
                };
                accept.contains("xml") && ask.interaction == of_patients
            });
            if let Content::Resource(bundle) = &mut reply.body
                && is_meant
                && let Some(members) = bundle.as_object_mut()
            {
                members.remove("entry");
                members.insert("total".to_owned(), json!(0));
            }
        }),
    },
    Fault {
        name: "retired-record-active",
        description: "A record that was merged into another is still shown as active.",
        caught_by: &["patient-retired-read", "patient-retired-search"],
        also: &["group:search"],
        seam: Seam::Show(|resource| {
            if resource["active"] == Value::Bool(false) {
                resource["active"] = json!(true);
            }
        }),
    },
    Fault {
        name: "patient-with-rules-of-its-own",
        description: "Patients name rules by which they are to be read (implicitRules).",
        caught_by: &["patient-profile"],
        also: &["group:content"],
        seam: Seam::Show(|resource| {
            if resource["resourceType"] == "Patient" {
                resource["implicitRules"] = json!("http://example.org/rules");
            }
        }),
    },
    Fault {
        name: "name-without-text",
        description: "The names of patients have no text.",
        caught_by: &["patient-name-text"],
        also: &["every-version"],
        seam: Seam::Show(|resource| {
            let names = resource.get_mut("name").and_then(Value::as_array_mut);
            for name in names.into_iter().flatten() {
                if let Some(members) = name.as_object_mut() {
                    members.remove("text");
                }
            }
        }),
    },
];
