//! Faults of what a search brings beyond its matches, and of ways around a search by patient.

use serde_json::{Value, json};

use super::common::is_search;
use crate::provider::model::{Ask, Content, Interaction, Refusal, Reply};
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "warning-as-match",
        description: "The warning of a search is an entry of mode match.",
        caught_by: &["every-warning"],
        also: &[
            "every-search",
            "every-search-by-patient",
            "unknown-parameter",
            "group:search",
        ],
        seam: Seam::Assemble(|bundle| {
            let entries = bundle["entry"].as_array_mut().into_iter().flatten();
            for entry in entries.filter(|entry| entry["search"]["mode"] == "outcome") {
                entry["search"]["mode"] = json!("match");
            }
        }),
    },
    Fault {
        name: "summary-count-lists",
        description: "A summary of the count brings a record as well.",
        caught_by: &["search-count-summary"],
        also: &[
            "every-search",
            "every-search-by-patient",
            "group:content",
            "records-reference-literal",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if let Content::Resource(bundle) = &mut reply.body
                && let Some(kind) = searched(ask)
                && ask.is_some_and(|ask| ask.parameter("_summary") == Some("count"))
            {
                bundle["entry"] = json!([{
                    "fullUrl": format!("http://127.0.0.1/{kind}/one"),
                    "resource": { "resourceType": kind, "id": "one" },
                    "search": { "mode": "match" },
                }]);
            }
        }),
    },
    Fault {
        name: "elements-unmarked",
        description: "A record of which only a part is shown does not say so.",
        caught_by: &["search-elements"],
        also: &["every-search-by-patient"],
        seam: Seam::Serialise(|ask, reply| {
            if let Content::Resource(bundle) = &mut reply.body
                && ask.is_some_and(|ask| ask.parameter("_elements").is_some())
            {
                let entries = bundle["entry"].as_array_mut().into_iter().flatten();
                for entry in entries {
                    if let Some(meta) = entry["resource"]["meta"].as_object_mut() {
                        meta.remove("tag");
                    }
                }
            }
        }),
    },
    Fault {
        name: "sort-claimed-only",
        description: "The self link shows an order that the matches are not in.",
        caught_by: &["search-sorted"],
        also: &[],
        seam: Seam::Match(|_, search, matches| {
            if search.sort.is_some() {
                matches.reverse();
            }
        }),
    },
    Fault {
        name: "id-opens-all",
        description: "A search by _id finds the record, whatever patient is named.",
        caught_by: &["search-by-id-and-patient"],
        also: &["every-search-by-patient", "search-declared-parameter"],
        seam: Seam::Match(|store, search, matches| {
            let ids = search.used.iter().filter(|(name, _)| name == "_id");
            for (_, id) in ids {
                if matches.is_empty() {
                    matches.extend(store.get(&search.resource_type, id));
                }
            }
        }),
    },
    Fault {
        name: "last-updated-ignored",
        description: "The parameter _lastUpdated is declared, and ignored.",
        caught_by: &["search-last-updated", "documents-by-last-update"],
        also: &["every-search", "group:search"],
        seam: Seam::Ask(|_, parameters| parameters.retain(|(name, _)| name != "_lastUpdated")),
    },
    Fault {
        name: "patient-list-unread",
        description: "A list of patients is not understood, and all patients' records are found.",
        caught_by: &["search-list-of-patients"],
        also: &[
            "every-search",
            "every-search-by-patient",
            "group:errors",
            "group:isolation",
            "group:search",
        ],
        seam: Seam::Several(&[
            Seam::Ask(|_, parameters| {
                parameters.retain(|(name, value)| name != "patient" || !value.contains(','));
            }),
            Seam::Authorize(names_no_patient),
        ]),
    },
    Fault {
        name: "wildcard-include-leaks",
        description: "Including everything brings records of other patients.",
        caught_by: &["include-everything"],
        also: &["every-search", "every-search-by-patient"],
        seam: Seam::Serialise(|ask, reply| {
            let everything = |(name, value): &(String, String)| {
                ["_include", "_revinclude"].contains(&name.as_str()) && value == "*"
            };
            if is_search(ask) && ask.is_some_and(|ask| ask.parameters.iter().any(everything)) {
                *reply = Reply::resource(foreign());
            }
        }),
    },
    Fault {
        name: "patient-detour-unguarded",
        description: "Ways around a search by patient bring the records of all patients.",
        caught_by: &["patient-detour"],
        also: &[
            "access-scope-detour",
            "every-search",
            "read-one-version",
            "group:errors",
            "group:isolation",
            "group:search",
        ],
        seam: Seam::Several(&[
            Seam::Route(|path| {
                let mut parts = path.split('/').skip(1);
                if let (Some("Patient"), Some(_), Some(rest)) =
                    (parts.next(), parts.next(), parts.next())
                {
                    *path = match rest {
                        "Observation" => "/Observation".to_owned(),
                        _ => "/Condition".to_owned(),
                    };
                }
            }),
            Seam::Authorize(names_no_patient),
        ]),
    },
    Fault {
        name: "post-search-any-type",
        description: "A search by POST is read as a form, whatever its body is said to be.",
        caught_by: &["search-by-post-as-json"],
        also: &[],
        seam: Seam::Authorize(|refusal| refusal.status == 415),
    },
    Fault {
        name: "escapes-not-understood",
        description: "A separator after a backslash still separates.",
        caught_by: &["patient-by-escaped-identifier"],
        also: &["group:search"],
        seam: Seam::Ask(|_, parameters| {
            for (_, value) in parameters {
                *value = value.replace('\\', "");
            }
        }),
    },
    Fault {
        name: "organization-names-patient",
        description: "The record of an organization names a patient.",
        caught_by: &["supporting-without-patients"],
        also: &["group:content", "group:references"],
        seam: Seam::Show(|resource| {
            if resource["resourceType"] == "Organization" {
                resource["endpoint"] = json!([{ "reference": "Patient/de-bjoern" }]);
            }
        }),
    },
];

fn searched(ask: Option<&Ask>) -> Option<&str> {
    match &ask?.interaction {
        Interaction::Search { resource_type } => Some(resource_type),
        _ => None,
    }
}

fn names_no_patient(refusal: &Refusal) -> bool {
    refusal.code == "required"
}

/// A record of somebody else.
fn foreign() -> Value {
    json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{
            "fullUrl": "http://127.0.0.1/Condition/of-somebody",
            "resource": {
                "resourceType": "Condition",
                "id": "of-somebody",
                "subject": { "reference": "Patient/somebody" },
            },
            "search": { "mode": "include" },
        }],
    })
}
