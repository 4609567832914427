//! Faults of what a search finds, and for whom.

use serde_json::Value;

use super::{Fault, Seam};
use crate::provider::search::Search;
use crate::provider::store::{Store, patient_of};
use crate::search::{Kind, find};

type Parameters = Vec<(String, String)>;

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        name: "search-without-patient-returns-all",
        description: "A search for clinical data that names no patient returns that of all patients.",
        seam: Seam::Authorize(|refusal| refusal.code == "required"),
    },
    Fault {
        name: "lists-patients",
        description: "A search for patients without any parameter lists them all.",
        seam: Seam::Authorize(|refusal| refusal.code == "too-costly"),
    },
    Fault {
        name: "drops-seed-resource",
        description: "A search with a filter beside patient loses its first match.",
        seam: Seam::Match(|_, search, matches| {
            if has_filter(search) && !matches.is_empty() {
                matches.remove(0);
            }
        }),
    },
    Fault {
        name: "search-finds-nothing",
        description: "Every search is answered with an empty Bundle.",
        seam: Seam::Match(|_, _, matches| matches.clear()),
    },
    Fault {
        name: "leaks-foreign-patient",
        description: "A search by patient also returns one resource of another patient.",
        seam: Seam::Match(|store, search, matches| {
            if matches.iter().any(|one| patient_of(one).is_some()) {
                let stranger = foreign(store, search, matches).next();
                matches.extend(stranger);
            }
        }),
    },
    Fault {
        name: "mixes-types",
        description: "A search also returns the patient beside the resources asked for, as a match.",
        seam: Seam::Match(|store, search, matches| {
            if search.resource_type != "Patient" {
                let patient = matches.first().and_then(|first| patient_of(first));
                let id = patient.and_then(|reference| reference.strip_prefix("Patient/"));
                matches.extend(id.and_then(|id| store.get("Patient", id)));
            }
        }),
    },
    Fault {
        name: "post-search-other-patient",
        description: "A search by POST returns as many resources as it should, of another patient.",
        seam: Seam::Match(|store, search, matches| {
            if search.posted {
                *matches = foreign(store, search, matches)
                    .take(matches.len())
                    .collect();
            }
        }),
    },
    Fault {
        name: "typed-reference-other-patient",
        description: "patient=Patient/[id] returns as many resources as patient=[id], of another patient.",
        seam: Seam::Match(|store, search, matches| {
            let typed =
                |(name, value): &(String, String)| name == "patient" && value.contains("Patient/");
            if search.used.iter().any(typed) {
                *matches = foreign(store, search, matches)
                    .take(matches.len())
                    .collect();
            }
        }),
    },
    Fault {
        name: "empty-result-falls-back-to-all",
        description: "A search that finds nothing returns every resource of the type.",
        seam: Seam::Match(|store, search, matches| {
            if matches.is_empty() {
                matches.extend(store.all(&search.resource_type));
            }
        }),
    },
    Fault {
        name: "date-comparison-finds-nothing",
        description: "A date with the prefix ge, gt, le, lt, sa or eb finds nothing.",
        seam: Seam::Match(|_, search, matches| {
            let compares = |(name, value): &(String, String)| {
                is(&search.resource_type, name, Kind::Date)
                    && ["ge", "gt", "le", "lt", "sa", "eb"]
                        .iter()
                        .any(|prefix| value.starts_with(prefix))
            };
            if search.used.iter().any(compares) {
                matches.clear();
            }
        }),
    },
    Fault {
        name: "date-prefix-ignored",
        description: "The prefix of a date is ignored, so that every comparison is for equality.",
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
        seam: Seam::Ask(|resource_type, parameters| {
            change(parameters, resource_type, Kind::Token, without_system);
        }),
    },
    Fault {
        name: "ignores-filters",
        description: "Every parameter beside patient is silently ignored in searches for clinical data.",
        seam: Seam::Ask(|_, parameters| {
            if parameters.iter().any(|(name, _)| name == "patient") {
                parameters.retain(|(name, _)| name == "patient" || name.starts_with('_'));
            }
        }),
    },
    Fault {
        name: "ignores-id-parameter",
        description: "A search by _id returns every resource of the type.",
        seam: Seam::Ask(|_, parameters| parameters.retain(|(name, _)| name != "_id")),
    },
    Fault {
        name: "or-uses-first-alternative",
        description: "Of several values with commas between them only the first is searched for.",
        seam: Seam::Ask(|_, parameters| {
            for (_, value) in parameters {
                value.truncate(value.find(',').unwrap_or(value.len()));
            }
        }),
    },
    Fault {
        name: "and-uses-last-repetition",
        description: "Of a parameter that is repeated only the last value counts.",
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
        seam: Seam::Ask(|_, parameters| {
            for (name, _) in parameters {
                name.truncate(name.find(':').unwrap_or(name.len()));
            }
        }),
    },
    Fault {
        name: "strict-handling-ignored",
        description: "An unknown parameter is ignored although the client prefers strict handling.",
        seam: Seam::Ask(|resource_type, parameters| {
            parameters.retain(|(name, _)| {
                let base = name.split([':', '.']).next().unwrap_or_default();
                name.starts_with('_') || find(resource_type, base).is_some()
            });
        }),
    },
];

fn is(resource_type: &str, name: &str, kind: Kind) -> bool {
    let base = name.split(':').next().unwrap_or_default();
    find(resource_type, base).is_some_and(|parameter| parameter.kind() == kind)
}

/// Changes the value of every parameter of this kind.
fn change(
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

/// True where a search asks for more than the data of a patient.
fn has_filter(search: &Search) -> bool {
    search
        .used
        .iter()
        .any(|(name, _)| name != "patient" && name != "_include")
}

/// Resources of the type that are about none of the patients of the matches.
fn foreign<'s>(
    store: &'s Store,
    search: &Search,
    matches: &[&'s Value],
) -> impl Iterator<Item = &'s Value> + use<'s> {
    let patients: Vec<&str> = matches.iter().filter_map(|one| patient_of(one)).collect();
    let ids: Vec<Option<&Value>> = matches.iter().map(|one| one.get("id")).collect();
    store.all(&search.resource_type).filter(move |resource| {
        let own = patient_of(resource).is_some_and(|patient| patients.contains(&patient));
        !own && !patients.is_empty() || patients.is_empty() && !ids.contains(&resource.get("id"))
    })
}
