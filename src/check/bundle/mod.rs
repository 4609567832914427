//! `bundle`: the rules of a search result (FHIR R4, search "The Bundle" and bundle).
//!
//! Each rule looks at all pages that were read, and complains.

mod entry;
mod link;
mod paging;
mod total;

use serde_json::Value;

use super::finding::pointer;
use super::{Answer, Finding, Paging, View};
use crate::fhir::{Issue, IssueCode, Location, Severity};
use crate::suite::BundleRule;

type Rule = fn(&Pages<'_>, &mut Complaints);

const SELF_LINK: &[Rule] = &[link::self_links, link::parameters];
const FULL_URLS: &[Rule] = &[entry::full_urls];
const ENTRIES: &[Rule] = &[
    bundle_type,
    empty_arrays,
    entry::search_modes,
    entry::resources,
    entry::repeats,
];
const TOTAL: &[Rule] = &[total::totals];
const PAGING: &[Rule] = &[paging::next_links, entry::repeats];

/// The rules of a kind, and what they come to in words.
fn rules_of(kind: BundleRule) -> (&'static [&'static [Rule]], &'static str) {
    match kind {
        BundleRule::Searchset => (
            &[ENTRIES, SELF_LINK, FULL_URLS, TOTAL, &[paging::next_links]],
            "a searchset Bundle that keeps FHIR's rules on all pages",
        ),
        BundleRule::SelfLink => (
            &[SELF_LINK],
            "one self link that holds the search as it was understood",
        ),
        BundleRule::FullUrls => (&[FULL_URLS], "an address of its own for every entry"),
        BundleRule::Entries => (
            &[ENTRIES],
            "a searchset with matches and what goes with them",
        ),
        BundleRule::Total => (&[TOTAL], "a total that is the number of matches"),
        BundleRule::Paging => (
            &[PAGING],
            "next links that lead through all pages, each match once",
        ),
    }
}

pub(super) fn check(kind: BundleRule, view: &View<'_>) -> Finding {
    let (rules, expected) = rules_of(kind);
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    for (index, response) in answer.responses().enumerate() {
        let page = if index == 0 {
            String::new()
        } else {
            format!("page {}: ", index + 1)
        };
        let status = response.status;
        match response.json() {
            Err(problem) => {
                return Finding::fail(expected, format!("{page}{problem} (status {status})"));
            }
            Ok(body) if body["resourceType"] != "Bundle" => {
                let found = body["resourceType"].as_str().unwrap_or("no resource");
                return Finding::fail(expected, format!("{page}{found} (status {status})"));
            }
            Ok(_) => {}
        }
    }
    judge(rules, answer, view.base, expected)
}

fn judge(rules: &[&[Rule]], answer: &Answer, base: &str, expected: &str) -> Finding {
    let pages = Pages {
        answer,
        bundles: answer.bundles().map(|bundle| bundle.as_ref()).collect(),
        base,
    };
    let mut complaints = Complaints {
        issues: Vec::new(),
        has_pages: pages.bundles.len() > 1,
    };
    for rule in rules.iter().copied().flatten() {
        rule(&pages, &mut complaints);
    }
    match &answer.paging {
        Paging::TooMany(read) if complaints.issues.is_empty() => Finding::error(
            expected,
            format!("{read} pages were read and there are more; the rest was not judged"),
        ),
        _ => Finding::of_issues(expected, complaints.issues),
    }
}

/// What the rules look at.
struct Pages<'a> {
    answer: &'a Answer,
    bundles: Vec<&'a Value>,
    base: &'a str,
}

impl<'a> Pages<'a> {
    /// Each page with its number, from 0.
    fn each(&self) -> impl Iterator<Item = (usize, &'a Value)> {
        self.bundles.iter().copied().enumerate()
    }

    /// Each entry with its place.
    fn entries(&self) -> impl Iterator<Item = (Place, &'a Value)> {
        self.each().flat_map(|(page, bundle)| {
            let entries = bundle["entry"].as_array().into_iter().flatten();
            entries.enumerate().map(move |(index, entry)| {
                let place = Place {
                    page,
                    expression: format!("Bundle.entry[{index}]"),
                };
                (place, entry)
            })
        })
    }

    /// Each entry that is a match, or does not say that it is none.
    fn matches(&self) -> impl Iterator<Item = (Place, &'a Value)> {
        self.entries()
            .filter(|(_, entry)| match entry["search"]["mode"].as_str() {
                Some(mode) => mode == "match",
                None => entry["resource"]["resourceType"] != "OperationOutcome",
            })
    }
}

/// Where on which page.
#[derive(Debug, Clone)]
struct Place {
    page: usize,
    expression: String,
}

impl Place {
    fn on(page: usize, expression: &str) -> Self {
        Self {
            page,
            expression: expression.to_owned(),
        }
    }

    fn member(&self, path: &str) -> Self {
        Self {
            page: self.page,
            expression: format!("{}.{path}", self.expression),
        }
    }
}

/// What the rules found.
struct Complaints {
    issues: Vec<Issue>,
    has_pages: bool,
}

impl Complaints {
    fn add(&mut self, rule: &str, place: &Place, message: String, fix: &str) {
        let page = if self.has_pages {
            format!("page {}: ", place.page + 1)
        } else {
            String::new()
        };
        self.issues.push(Issue {
            severity: Severity::Error,
            code: IssueCode::BusinessRule,
            message: format!("{page}{message}"),
            fix: Some(fix.to_owned()),
            location: Location {
                pointer: pointer(&place.expression),
                expression: place.expression.clone(),
                ..Location::default()
            },
            profile: None,
            rule: rule.to_owned(),
        });
    }
}

fn bundle_type(pages: &Pages<'_>, complaints: &mut Complaints) {
    for (page, bundle) in pages.each() {
        let found = bundle["type"].as_str().unwrap_or("none");
        if found != "searchset" {
            complaints.add(
                "bundle-type",
                &Place::on(page, "Bundle.type"),
                format!("the type is {found}, not searchset"),
                "set Bundle.type to searchset",
            );
        }
    }
}

fn empty_arrays(pages: &Pages<'_>, complaints: &mut Complaints) {
    for (page, bundle) in pages.each() {
        for member in ["entry", "link"] {
            if bundle[member].as_array().is_some_and(Vec::is_empty) {
                complaints.add(
                    "empty-array",
                    &Place::on(page, &format!("Bundle.{member}")),
                    format!("{member} is an empty array, which FHIR JSON does not know"),
                    "leave the member out",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
