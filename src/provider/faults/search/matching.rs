//! Faults of what a search finds, and for whom.

use serde_json::Value;

use crate::provider::model::Search;
use crate::provider::seams::{Fault, Seam};
use crate::provider::store::{Store, patient_of};
use crate::search::{Kind, find};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "search-without-patient-returns-all",
        description: "A search for clinical data that names no patient returns that of all patients.",
        caught_by: &[
            "search-without-patient",
            "search-without-patient-by-post",
            "documents-without-patient",
        ],
        also: &[
            "search-without-patient-by-modifier",
            "documents-without-patient",
        ],
        seam: Seam::Authorize(|refusal| refusal.code == "required"),
    },
    Fault {
        name: "post-search-drops-url",
        description: "A search by POST drops what stands in the URL, and with it the patient.",
        caught_by: &["post-search-split"],
        also: &[
            "documents-without-patient",
            "every-search",
            "every-search-by-patient",
            "search-without-patient",
            "search-without-patient-by-modifier",
            "search-without-patient-by-post",
        ],
        seam: Seam::Several(&[
            Seam::PostedUrl(Vec::clear),
            Seam::Authorize(|refusal| refusal.code == "required"),
        ]),
    },
    Fault {
        name: "lists-patients",
        description: "A search for patients without any parameter lists them all.",
        caught_by: &["patient-list-refused"],
        also: &[],
        seam: Seam::Authorize(|refusal| refusal.code == "too-costly"),
    },
    Fault {
        name: "drops-seed-resource",
        description: "A search with a filter beside patient loses its first match.",
        caught_by: &[
            "search-by-parameter",
            "search-by-patient-and-category",
            "documents-by-patient",
            "documents-by-parameter",
            "documents-by-author",
        ],
        also: &[
            "group:bundle",
            "group:search",
            "search-by-id-and-patient",
            "write-nothing-changed",
            "submission-accepted",
            "post-search-split",
        ],
        seam: Seam::Match(|_, search, matches| {
            if has_filter(search) && !matches.is_empty() {
                matches.remove(0);
            }
        }),
    },
    Fault {
        name: "search-finds-nothing",
        description: "Every search is answered with an empty Bundle.",
        caught_by: &["patient-by-identifier"],
        also: &[
            "searchset-rules-patient",
            "patient-by-alternative-identifiers",
            "patient-by-birthdate",
            "patient-by-id",
            "patient-by-name",
            "patient-by-post",
            "patient-by-escaped-identifier",
            "patient-by-demographics",
            "patient-by-folded-name",
            "patient-by-exact-name",
            "patient-by-exact-name-all",
            "patient-by-birthdate-range",
            "patient-by-birth-year",
            "patient-by-last-update",
            "patient-self-link",
        ],
        seam: Seam::Match(|_, _, matches| matches.clear()),
    },
    Fault {
        name: "leaks-foreign-patient",
        description: "A search by patient also returns one resource of another patient.",
        caught_by: &[
            "every-search-by-patient",
            "search-of-one-patient",
            "documents-of-one-patient",
        ],
        also: &[
            "paging-complete",
            "search-answered",
            "group:search",
            "search-by-id-and-patient",
            "search-list-of-patients",
            "documents-of-one-patient",
            "write-nothing-changed",
            "submission-twice",
            "post-search-split",
        ],
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
        caught_by: &["searchset-rules", "search-answered"],
        also: &[
            "include-provenance",
            "include-medication",
            "every-search",
            "every-search-by-patient",
            "paging-complete",
            "search-of-one-patient",
            "group:authorization",
            "group:search",
            "search-by-id-and-patient",
            "documents-of-one-patient",
            "search-list-of-patients",
            "write-nothing-changed",
            "submission-twice",
            "post-search-split",
        ],
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
        caught_by: &["search-by-post", "documents-by-post"],
        also: &[
            "every-search-by-patient",
            "patient-by-post",
            "documents-by-post",
            "post-search-split",
        ],
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
        caught_by: &[
            "search-by-patient-reference",
            "documents-by-patient-reference",
        ],
        also: &["every-search-by-patient", "documents-by-patient-reference"],
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
        caught_by: &[
            "search-code-unknown",
            "search-unknown-patient",
            "patient-by-unknown-identifier",
            "patient-by-unknown-system",
            "patient-by-unknown-id",
            "documents-by-parameter-none",
            "documents-none",
        ],
        also: &[
            "group:isolation",
            "group:search",
            "submission-judged",
            "submission-defect",
            "submission-without-right",
        ],
        seam: Seam::Match(|store, search, matches| {
            if matches.is_empty() {
                matches.extend(store.all(&search.resource_type));
            }
        }),
    },
    Fault {
        name: "date-comparison-finds-nothing",
        description: "A date with the prefix ge, gt, le, lt, sa or eb finds nothing.",
        caught_by: &["search-date-from", "search-date-until"],
        also: &["group:search"],
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
];

fn is(resource_type: &str, name: &str, kind: Kind) -> bool {
    let base = name.split(':').next().unwrap_or_default();
    find(resource_type, base).is_some_and(|parameter| parameter.kind() == kind)
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
