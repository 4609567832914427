//! Faults of how the parameters of a search are understood.

use jiff::civil::Date;

use crate::provider::seams::{Fault, Seam};
use crate::search::{Criterion, Kind, QueryError, find};

pub(super) type Parameters = Vec<(String, String)>;

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "date-prefix-ignored",
        description: "The prefix of a date is ignored, so that every comparison is for equality.",
        caught_by: &["search-date-exclusive", "search-period-exclusive"],
        also: &["search-date-from", "group:search"],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Date, |value| {
                value
                    .trim_start_matches(|c: char| c.is_ascii_lowercase())
                    .to_owned()
            });
        }),
    },
    Fault {
        name: "date-offset-ignored",
        description: "The time zone of a date is cut off, and the time taken for the server's own.",
        caught_by: &["search-date-exclusive", "search-period-exclusive"],
        also: &["search-date-from", "group:search"],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Date, |value| {
                let time = value.find('T').unwrap_or(value.len());
                let zone = value
                    .get(time..)
                    .and_then(|rest| rest.find(['+', '-', 'Z']));
                zone.and_then(|at| value.get(..time + at))
                    .unwrap_or(value)
                    .to_owned()
            });
        }),
    },
    Fault {
        name: "date-time-ignored",
        description: "Dates are compared by the day, whatever time is given.",
        caught_by: &["search-date-exclusive", "search-period-exclusive"],
        also: &["search-date-from", "group:search"],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Date, |value| {
                value
                    .split_once('T')
                    .map_or(value, |(day, _)| day)
                    .to_owned()
            });
        }),
    },
    Fault {
        name: "ignores-identifier-system",
        description: "A search by identifier compares the value and ignores the system.",
        caught_by: &["patient-by-identifier"],
        also: &[],
        seam: Seam::Ask(|_, parameters| {
            for (name, value) in parameters {
                if name.ends_with("identifier") {
                    *value = without_system(value);
                }
            }
        }),
    },
    Fault {
        name: "ignores-token-system",
        description: "A search by system and code compares the code and ignores the system.",
        caught_by: &["search-token-system", "documents-type-system"],
        also: &[
            "search-repeated",
            "patient-by-identifier",
            "documents-type-system",
        ],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Token, without_system);
        }),
    },
    Fault {
        name: "ignores-filters",
        description: "Every parameter beside patient is silently ignored in searches for clinical data.",
        caught_by: &["search-declared-parameter", "search-code-unknown"],
        also: &[
            "group:bundle",
            "group:errors",
            "group:search",
            "submission-judged",
            "submission-defect",
            "submission-twice",
            "submission-without-right",
        ],
        seam: Seam::Ask(|_, parameters| {
            if parameters.iter().any(|(name, _)| name == "patient") {
                parameters.retain(|(name, _)| name == "patient" || name.starts_with('_'));
            }
        }),
    },
    Fault {
        name: "ignores-id-parameter",
        description: "A search by _id returns every resource of the type.",
        caught_by: &[
            "patient-by-id",
            "patient-by-identifier-id-usable",
            "documents-by-id",
        ],
        also: &[
            "searchset-rules-patient",
            "searchset-valid",
            "patient-by-unknown-id",
            "group:authorization",
            "search-by-id-and-patient",
            "every-search",
            "documents-by-id",
        ],
        seam: Seam::Ask(|_, parameters| parameters.retain(|(name, _)| name != "_id")),
    },
    Fault {
        name: "or-uses-first-alternative",
        description: "Of several values with commas between them only the first is searched for.",
        caught_by: &[
            "patient-by-alternative-identifiers",
            "search-alternatives",
            "documents-by-several-types",
        ],
        also: &[
            "patient-by-escaped-identifier",
            "documents-by-several-types",
        ],
        seam: Seam::Ask(|_, parameters| {
            for (_, value) in parameters {
                value.truncate(value.find(',').unwrap_or(value.len()));
            }
        }),
    },
    Fault {
        name: "and-uses-last-repetition",
        description: "Of a parameter that is repeated only the last value counts.",
        caught_by: &[
            "patient-by-two-identifiers",
            "search-repeated",
            "search-date-interval",
        ],
        also: &[
            "search-combination",
            "search-combination-promised",
            "group:search",
        ],
        seam: Seam::Ask(|_, parameters| {
            let all = std::mem::take(parameters);
            for (at, (name, value)) in all.iter().enumerate() {
                if !all.iter().skip(at + 1).any(|(later, _)| later == name) {
                    parameters.push((name.clone(), value.clone()));
                }
            }
        }),
    },
    Fault {
        name: "string-search-needs-whole-value",
        description: "A text is found only where it is given whole, with its case and accents.",
        caught_by: &["patient-by-name", "patient-by-folded-name"],
        also: &[],
        seam: Seam::Ask(|resource_type, parameters| {
            for (name, _) in parameters {
                if is(resource_type, name, Kind::String) && !name.contains(':') {
                    name.push_str(":exact");
                }
            }
        }),
    },
    Fault {
        name: "modifiers-ignored",
        description: "A modifier after a parameter's name is ignored, supported or not.",
        caught_by: &["unknown-modifier", "unknown-modifier-patient"],
        also: &["patient-by-exact-name"],
        seam: Seam::Ask(|_, parameters| {
            for (name, _) in parameters {
                name.truncate(name.find(':').unwrap_or(name.len()));
            }
        }),
    },
    Fault {
        name: "strict-handling-ignored",
        description: "An unknown parameter is ignored although the client prefers strict handling.",
        caught_by: &["unknown-parameter"],
        also: &[],
        seam: Seam::Ask(|resource_type, parameters| {
            parameters.retain(|(name, _)| name.starts_with('_') || is_known(resource_type, name));
        }),
    },
    Fault {
        name: "empty-patient-returns-all",
        description: "A search with an empty patient returns the data of all patients.",
        caught_by: &["search-with-empty-patient"],
        also: &["search-list-of-patients"],
        seam: Seam::Ask(|_, parameters| {
            of_anybody(parameters, |name, value| {
                name == "patient" && value.is_empty()
            });
        }),
    },
    Fault {
        name: "patient-modifier-returns-all",
        description: "A search by patient:missing or patient:not returns the data of all patients.",
        caught_by: &["search-without-patient-by-modifier"],
        also: &["unknown-modifier"],
        seam: Seam::Ask(|_, parameters| {
            of_anybody(parameters, |name, _| name.starts_with("patient:"));
        }),
    },
    Fault {
        name: "chain-ignored",
        description: "A search by patient.identifier returns the data of all patients.",
        caught_by: &[
            "search-by-unknown-identifier",
            "documents-by-patient-identifier",
        ],
        also: &["search-by-patient-identifier"],
        seam: Seam::Ask(|_, parameters| {
            of_anybody(parameters, |name, _| name == "patient.identifier");
        }),
    },
    Fault {
        name: "reference-type-ignored",
        description: "Of a reference only the id is compared, so that any type will do.",
        caught_by: &["search-by-other-type"],
        also: &[],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Reference, |value| {
                value.rsplit('/').next().unwrap_or(value).to_owned()
            });
        }),
    },
    Fault {
        name: "date-bounds-exclusive",
        description: "The date prefixes ge and le leave out the date itself.",
        caught_by: &[
            "search-date-from",
            "search-date-until",
            "patient-by-birthdate-range",
            "documents-by-date",
        ],
        also: &["group:search"],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Date, |value| {
                swap_prefix(value, [("ge", "gt"), ("le", "lt")])
            });
        }),
    },
    Fault {
        name: "date-bounds-inclusive",
        description: "The date prefixes gt and lt let in the date itself.",
        caught_by: &["search-date-exclusive", "search-period-exclusive"],
        also: &[
            "search-last-updated",
            "documents-by-date",
            "patient-by-birthdate-range",
        ],
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Date, |value| {
                swap_prefix(value, [("gt", "ge"), ("lt", "le")])
            });
        }),
    },
    Fault {
        name: "birth-date-off-by-a-day",
        description: "Birth dates pass through a time zone and are searched for a day early.",
        caught_by: &["patient-by-birthdate"],
        also: &["patient-by-demographics"],
        seam: Seam::Ask(|_, parameters| {
            for (_, value) in parameters
                .iter_mut()
                .filter(|(name, _)| name == "birthdate")
            {
                let day: Option<Date> = value.parse().ok();
                if let Some(before) = day.and_then(|day| day.yesterday().ok()) {
                    *value = before.to_string();
                }
            }
        }),
    },
    Fault {
        name: "malformed-values-ignored",
        description: "A parameter whose value cannot be read is silently ignored.",
        caught_by: &["malformed-date", "documents-bad-value"],
        also: &["every-search", "documents-bad-value"],
        seam: Seam::Ask(|resource_type, parameters| {
            parameters.retain(|(name, value)| {
                !matches!(
                    Criterion::parse(resource_type, name, value),
                    Err(QueryError::Value { .. })
                )
            });
        }),
    },
    Fault {
        name: "unknown-parameter-refused",
        description: "A search with a parameter that is not known is refused, however lenient the client.",
        caught_by: &["unknown-parameter", "documents-unknown-parameter"],
        also: &["documents-unknown-parameter", "patient-self-link"],
        seam: Seam::Ask(|resource_type, parameters| {
            for (name, _) in parameters {
                if !name.starts_with('_') && !is_known(resource_type, name) {
                    "_id:unknown".clone_into(name);
                }
            }
        }),
    },
    Fault {
        name: "count-zero-ignored",
        description: "A search for the number of matches alone returns the matches.",
        caught_by: &["count-only"],
        also: &[],
        seam: Seam::Ask(|_, parameters| {
            parameters.retain(|(name, value)| name != "_count" || value != "0");
        }),
    },
];

fn is(resource_type: &str, name: &str, kind: Kind) -> bool {
    let base = name.split(':').next().unwrap_or_default();
    find(resource_type, base).is_some_and(|parameter| parameter.kind() == kind)
}

fn is_known(resource_type: &str, name: &str) -> bool {
    let base = name.split([':', '.']).next().unwrap_or_default();
    find(resource_type, base).is_some()
}

/// Changes the value of every parameter of this kind.
pub(super) fn change(
    parameters: &mut Parameters,
    resource_type: &str,
    kind: Kind,
    act: impl Fn(&str) -> String,
) {
    for (name, value) in parameters {
        if is(resource_type, name, kind) {
            *value = act(value);
        }
    }
}

fn without_system(value: &str) -> String {
    match value.split_once('|') {
        Some((_, code)) if !code.is_empty() => code.to_owned(),
        _ => value.to_owned(),
    }
}

/// Puts another prefix for the first of these pairs that fits.
fn swap_prefix(value: &str, prefixes: [(&str, &str); 2]) -> String {
    prefixes
        .iter()
        .find_map(|(from, to)| Some(format!("{to}{}", value.strip_prefix(from)?)))
        .unwrap_or_else(|| value.to_owned())
}

/// Puts a parameter that holds for every patient in the place of those that fit.
fn of_anybody(parameters: &mut Parameters, fits: impl Fn(&str, &str) -> bool) {
    for (name, value) in parameters {
        if fits(name, value) {
            "patient.active".clone_into(name);
            "true,false".clone_into(value);
        }
    }
}
