//! Faults of paging, and of the Bundle of a page.

use serde_json::{Value, json};

use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "pages-overlap",
        description: "Each page after the first begins with the last entry of the page before.",
        caught_by: &["paging-complete"],
        also: &[],
        seam: Seam::Page(|window| {
            if window.start > 0 {
                window.start -= 1;
                window.count += 1;
            }
        }),
    },
    Fault {
        name: "pages-lose-entry",
        description: "Each page after the first leaves out its first entry.",
        caught_by: &["paging-complete", "documents-paged"],
        also: &["documents-paged"],
        seam: Seam::Page(|window| {
            if window.start > 0 {
                window.start += 1;
                window.count = window.count.saturating_sub(1);
            }
        }),
    },
    Fault {
        name: "pages-never-end",
        description: "The last page has a next link, to the first page.",
        caught_by: &["paging-complete"],
        also: &["searchset-rules", "documents-by-patient"],
        seam: Seam::Page(|window| {
            if window.next.is_none() {
                window.next = Some(0);
            }
        }),
    },
    Fault {
        name: "next-link-missing",
        description: "A page that is not the last has no next link.",
        caught_by: &["paging-complete"],
        also: &[
            "every-search",
            "paging-count",
            "group:authorization",
            "documents-paged",
        ],
        seam: Seam::Page(|window| window.next = None),
    },
    Fault {
        name: "next-link-elsewhere",
        description: "The next link leads to another server, as behind a proxy that is not configured.",
        caught_by: &["paging-complete"],
        also: &["transport-links"],
        seam: Seam::Assemble(|bundle| {
            for link in list(bundle, "link").filter(|link| link["relation"] == "next") {
                link["url"] = json!("http://internal.invalid:8080/fhir?page=2");
            }
        }),
    },
    Fault {
        name: "page-repeats-entry",
        description: "A page holds its last entry twice.",
        caught_by: &["paging-complete", "searchset-valid"],
        also: &[
            "include-provenance",
            "include-medication",
            "every-search",
            "paging-count",
            "searchset-rules",
            "searchset-rules-patient",
            "patient-by-id",
            "search-by-id-and-patient",
            "documents-by-patient",
            "documents-by-id",
            "documents-with-provenance",
            "submission-twice",
        ],
        seam: Seam::Assemble(|bundle| {
            if let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut) {
                entries.extend(entries.last().cloned());
            }
        }),
    },
    Fault {
        name: "includes-missing",
        description: "What was asked for beside the matches does not come along.",
        caught_by: &[
            "include-provenance",
            "include-medication",
            "documents-with-provenance",
        ],
        also: &[],
        seam: Seam::Assemble(|bundle| {
            if let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut) {
                entries.retain(|entry| entry["search"]["mode"] != "include");
            }
        }),
    },
    Fault {
        name: "provenance-unrelated",
        description: "The Provenance that is included is about other records.",
        caught_by: &["include-provenance", "documents-with-provenance"],
        also: &["every-version"],
        seam: Seam::Assemble(|bundle| {
            for entry in list(bundle, "entry") {
                let resource = &mut entry["resource"];
                if resource["resourceType"] == "Provenance" {
                    resource["target"] = json!([{ "reference": "Condition/of-somebody" }]);
                }
            }
        }),
    },
    Fault {
        name: "includes-counted-in-total",
        description: "The total counts what is included beside the matches.",
        caught_by: &["include-provenance"],
        also: &[
            "include-medication",
            "every-search",
            "documents-with-provenance",
        ],
        seam: Seam::Assemble(|bundle| {
            let with = list(bundle, "entry").filter(|entry| entry["search"]["mode"] == "include");
            let more = with.count() as u64;
            if let Some(total) = bundle["total"].as_u64() {
                bundle["total"] = json!(total + more);
            }
        }),
    },
    Fault {
        name: "count-ignored",
        description: "The number of entries that the client asked for with _count is ignored.",
        caught_by: &["paging-count"],
        also: &["count-only"],
        seam: Seam::Ask(|_, parameters| parameters.retain(|(name, _)| name != "_count")),
    },
    Fault {
        name: "bundle-type-collection",
        description: "The result of a search is a Bundle of type collection.",
        caught_by: &["searchset-rules", "searchset-rules-patient"],
        also: &[
            "search-empty-code",
            "include-provenance",
            "include-medication",
            "every-search",
            "paging-complete",
            "searchset-valid",
            "patient-by-unknown-id",
            "patient-by-unknown-identifier",
            "search-empty-result",
            "documents-none",
            "documents-by-patient",
            "documents-with-provenance",
            "search-by-patient",
            "search-by-patient-and-category",
        ],
        seam: Seam::Assemble(|bundle| bundle["type"] = json!("collection")),
    },
    Fault {
        name: "self-link-missing",
        description: "The Bundle does not say which search it answers.",
        caught_by: &["searchset-rules"],
        also: &["group:bundle", "group:errors", "group:search"],
        seam: Seam::Assemble(|bundle| {
            if let Some(links) = bundle.get_mut("link").and_then(Value::as_array_mut) {
                links.retain(|link| link["relation"] != "self");
            }
            if bundle["link"].as_array().is_some_and(Vec::is_empty) {
                remove(bundle, "link");
            }
        }),
    },
    Fault {
        name: "self-link-without-parameters",
        description: "The self link is the address of the type, without the parameters used.",
        caught_by: &["searchset-rules", "patient-self-link"],
        also: &["group:bundle", "group:search"],
        seam: Seam::Assemble(|bundle| {
            for link in list(bundle, "link").filter(|link| link["relation"] == "self") {
                let url = link["url"].as_str().unwrap_or_default();
                link["url"] = json!(url.split('?').next());
            }
        }),
    },
    Fault {
        name: "full-url-wrong",
        description: "The fullUrl of an entry is not the address of the resource in it.",
        caught_by: &["every-search", "searchset-rules", "searchset-rules-patient"],
        also: &[
            "include-provenance",
            "include-medication",
            "paging-complete",
            "searchset-valid",
            "documents-by-patient",
            "documents-with-provenance",
        ],
        seam: Seam::Assemble(|bundle| {
            for entry in list(bundle, "entry") {
                let url = entry["fullUrl"].as_str().unwrap_or_default();
                entry["fullUrl"] = json!(format!("{url}-1"));
            }
        }),
    },
    Fault {
        name: "full-url-missing",
        description: "Entries have no fullUrl.",
        caught_by: &["searchset-rules", "searchset-rules-patient"],
        also: &[
            "include-provenance",
            "include-medication",
            "every-search",
            "paging-complete",
            "documents-by-patient",
            "searchset-valid",
            "documents-with-provenance",
        ],
        seam: Seam::Assemble(|bundle| {
            list(bundle, "entry").for_each(|entry| remove(entry, "fullUrl"))
        }),
    },
    Fault {
        name: "search-mode-missing",
        description: "Entries do not say whether they match or are included.",
        caught_by: &["searchset-rules"],
        also: &[
            "include-provenance",
            "include-medication",
            "every-search",
            "searchset-rules-patient",
            "every-warning",
            "documents-with-provenance",
        ],
        seam: Seam::Assemble(|bundle| {
            list(bundle, "entry").for_each(|entry| remove(entry, "search"))
        }),
    },
    Fault {
        name: "search-mode-include",
        description: "Matches are marked as included.",
        caught_by: &["search-by-patient", "search-by-patient-alone"],
        also: &[
            "group:bundle",
            "group:search",
            "search-by-id-and-patient",
            "write-nothing-changed",
            "submission-twice",
            "post-search-split",
        ],
        seam: Seam::Assemble(|bundle| {
            list(bundle, "entry").for_each(|entry| entry["search"] = json!({ "mode": "include" }));
        }),
    },
    Fault {
        name: "total-wrong",
        description: "The total is one more than there are matches.",
        caught_by: &["searchset-rules"],
        also: &[
            "group:bundle",
            "group:isolation",
            "group:search",
            "submission-judged",
            "submission-defect",
            "submission-without-right",
        ],
        seam: Seam::Page(|window| window.total += 1),
    },
    Fault {
        name: "total-of-page",
        description: "The total is the number of entries on the page.",
        caught_by: &["paging-complete"],
        also: &["count-only"],
        seam: Seam::Page(|window| window.total = window.count),
    },
];

/// The items of a list member, to change.
fn list<'v>(value: &'v mut Value, name: &str) -> impl Iterator<Item = &'v mut Value> {
    value
        .get_mut(name)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

fn remove(value: &mut Value, name: &str) {
    if let Some(members) = value.as_object_mut() {
        members.remove(name);
    }
}
