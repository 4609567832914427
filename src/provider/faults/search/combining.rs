//! Faults of dates that are given in part, and of values and parameters that are given together.

use serde_json::Value;

use super::asking::{Parameters, change};
use crate::provider::seams::{Fault, Seam};
use crate::search::Kind;

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "or-uses-last-alternative",
        description: "Of several values with commas between them only the last is searched for.",
        caught_by: &["search-alternatives"],
        also: &[
            "patient-by-alternative-identifiers",
            "patient-by-escaped-identifier",
            "documents-by-several-types",
        ],
        seam: Seam::Ask(|_, parameters| {
            for (_, value) in parameters {
                if let Some((_, last)) = value.rsplit_once(',') {
                    *value = last.to_owned();
                }
            }
        }),
    },
    Fault {
        name: "day-taken-as-midnight",
        description: "A day is searched for as its first instant.",
        caught_by: &["search-date-day"],
        also: &["search-combination", "search-date-interval", "group:search"],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Date, |value| {
                of_length(value, 10, "T00:00:00Z")
            });
        }),
    },
    Fault {
        name: "year-taken-as-first-day",
        description: "A year or month is searched for as its first day.",
        caught_by: &[
            "search-date-precision",
            "patient-by-birth-year",
            "documents-by-date-precision",
        ],
        also: &["documents-by-date-precision"],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Date, |value| {
                of_length(&of_length(value, 4, "-01"), 7, "-01")
            });
        }),
    },
    Fault {
        name: "rare-prefixes-ignored",
        description: "The date prefixes ne, sa, eb and ap are ignored.",
        caught_by: &["search-date-prefix"],
        also: &[],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Date, |value| {
                ["ne", "sa", "eb", "ap"]
                    .iter()
                    .find_map(|prefix| value.strip_prefix(prefix))
                    .unwrap_or(value)
                    .to_owned()
            });
        }),
    },
    Fault {
        name: "open-period-ends-where-it-began",
        description: "An encounter without an end counts as over on the day on which it began.",
        caught_by: &["search-date-open-period"],
        also: &[
            "search-date-from",
            "search-date-until",
            "search-date-exclusive",
        ],
        seam: Seam::Match(|_, search, matches| {
            let from = search
                .used
                .iter()
                .find_map(|(name, value)| (name == "date").then(|| value.strip_prefix("ge"))?);
            if let Some(from) = from {
                matches.retain(|resource| !began_before(resource, from));
            }
        }),
    },
    Fault {
        name: "second-filter-ignored",
        description: "Of several parameters beside patient only the first counts.",
        caught_by: &["search-combination", "search-combination-promised"],
        also: &[
            "group:search",
            "group:bundle",
            "group:errors",
            "submission-twice",
        ],
        seam: Seam::Ask(|_, parameters| {
            let mut first: Option<String> = None;
            parameters.retain(|(name, _)| {
                name == "patient"
                    || name.starts_with('_')
                    || first.get_or_insert_with(|| name.clone()) == name
            });
        }),
    },
    Fault {
        name: "combination-refused",
        description: "A search with more than one kind of parameter beside patient is refused.",
        caught_by: &["search-combination", "search-combination-promised"],
        also: &[
            "group:search",
            "group:bundle",
            "group:errors",
            "submission-accepted",
        ],
        seam: Seam::Ask(|_, parameters| {
            if kinds(parameters) > 1 {
                parameters.push(("_id:unknown".to_owned(), String::new()));
            }
        }),
    },
    Fault {
        name: "medication-search-needs-status",
        description: "Medication records are found by their state in the ordering workflow only.",
        caught_by: &["search-medication-without-workflow"],
        also: &[
            "group:search",
            "group:bundle",
            "group:errors",
            "group:isolation",
            "group:authorization",
        ],
        seam: Seam::Ask(|resource_type, parameters| {
            let is_told = parameters.iter().any(|(name, _)| name == "status");
            if resource_type == "MedicationDispense" && !is_told {
                parameters.push(("_id:unknown".to_owned(), String::new()));
            }
        }),
    },
    Fault {
        name: "chain-finds-nothing",
        description: "A search by patient.identifier is answered, and finds nothing.",
        caught_by: &["search-by-patient-identifier"],
        also: &["documents-by-patient-identifier"],
        seam: Seam::Ask(|_, parameters| {
            for (name, value) in parameters {
                if name == "patient.identifier" {
                    "urn:nobody|none".clone_into(value);
                }
            }
        }),
    },
];

/// The value with an end put to it, where without its prefix it has this length.
fn of_length(value: &str, length: usize, end: &str) -> String {
    let bare = value.trim_start_matches(|c: char| c.is_ascii_lowercase());
    match bare.len() == length {
        true => format!("{value}{end}"),
        false => value.to_owned(),
    }
}

fn began_before(resource: &Value, day: &str) -> bool {
    let period = &resource["period"];
    let start = period["start"].as_str();
    period["end"].is_null() && start.is_some_and(|start| start < day)
}

/// Parameters beside patient and those of the result, each name once.
fn kinds(parameters: &Parameters) -> usize {
    let mut names: Vec<&str> = parameters
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != "patient" && !name.starts_with('_'))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.len()
}
