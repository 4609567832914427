//! `bundle`: the rules of a search result (FHIR R4, search "The Bundle" and bundle).

use std::collections::HashMap;

use serde_json::Value;
use url::Url;

use super::{Answer, Finding, Paging, View};
use crate::fhir::{Issue, IssueCode, Location, Severity};
use crate::suite::BundleKind;

/// One rule: looks at all pages and complains.
type Rule = fn(&Pages<'_>, &mut Vec<Issue>);

/// The rules, by the name that an issue carries.
const SEARCHSET: &[Rule] = &[
    bundle_type,
    links,
    full_urls,
    search_modes,
    entry_content,
    totals,
    repeats,
    paging,
    empty_arrays,
];

/// What the rules look at.
struct Pages<'a> {
    answer: &'a Answer,
    bundles: Vec<&'a Value>,
    base: &'a str,
}

pub(super) fn check(kind: BundleKind, view: &View<'_>) -> Finding {
    let BundleKind::Searchset = kind;
    let expected = "a searchset Bundle that keeps FHIR's rules on all pages";
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    for response in answer.responses() {
        match response.json() {
            Err(problem) => {
                return Finding::fail(expected, format!("{problem} (status {})", response.status));
            }
            Ok(body) if body["resourceType"] != "Bundle" => {
                let found = body["resourceType"].as_str().unwrap_or("no resource");
                return Finding::fail(expected, format!("{found} (status {})", response.status));
            }
            Ok(_) => {}
        }
    }
    let pages = Pages {
        answer,
        bundles: answer.bundles().map(|bundle| bundle.as_ref()).collect(),
        base: view.base,
    };
    let mut issues = Vec::new();
    for rule in SEARCHSET {
        rule(&pages, &mut issues);
    }
    if let Paging::TooMany(read) = &answer.paging
        && issues.is_empty()
    {
        return Finding::error(
            expected,
            format!("{read} pages were read and there are more; the rest was not judged"),
        );
    }
    Finding::of_issues(expected, issues)
}

fn complain(issues: &mut Vec<Issue>, rule: &str, expression: String, message: String, fix: &str) {
    issues.push(Issue {
        severity: Severity::Error,
        code: IssueCode::BusinessRule,
        message,
        fix: Some(fix.to_owned()),
        location: Location {
            pointer: pointer(&expression),
            expression,
            ..Location::default()
        },
        profile: None,
        rule: rule.to_owned(),
    });
}

/// `Bundle.entry[0].fullUrl` → `/entry/0/fullUrl`.
fn pointer(expression: &str) -> String {
    let inside = expression.strip_prefix("Bundle").unwrap_or(expression);
    inside.replace(['.', '['], "/").replace(']', "")
}

impl Pages<'_> {
    /// Each entry with its page and place.
    fn entries(&self) -> impl Iterator<Item = (String, &Value)> {
        self.bundles.iter().flat_map(|bundle| {
            let entries = bundle["entry"].as_array().into_iter().flatten();
            entries
                .enumerate()
                .map(|(index, entry)| (format!("Bundle.entry[{index}]"), entry))
        })
    }

    fn is_match(entry: &Value) -> bool {
        entry["search"]["mode"]
            .as_str()
            .is_none_or(|mode| mode == "match")
    }
}

fn bundle_type(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    for bundle in &pages.bundles {
        let found = bundle["type"].as_str().unwrap_or("none");
        if found != "searchset" {
            complain(
                issues,
                "bundle-type",
                "Bundle.type".into(),
                format!("the type is {found}, not searchset"),
                "set Bundle.type to searchset",
            );
        }
    }
}

fn links(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    for bundle in &pages.bundles {
        let selves: Vec<&str> = bundle["link"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|link| link["relation"] == "self")
            .filter_map(|link| link["url"].as_str())
            .collect();
        match selves.as_slice() {
            [] => complain(
                issues,
                "self-link",
                "Bundle.link".into(),
                "there is no self link".into(),
                "add a link with relation self that holds the search as it was understood",
            ),
            [url] if Url::parse(url).is_err() => complain(
                issues,
                "self-link",
                "Bundle.link".into(),
                format!("the self link {url} is no absolute URL"),
                "write the self link with the server's base URL",
            ),
            [_] => {}
            _ => complain(
                issues,
                "self-link",
                "Bundle.link".into(),
                "there are several self links".into(),
                "keep one",
            ),
        }
    }
}

fn full_urls(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    for (place, entry) in pages.entries() {
        let expression = format!("{place}.fullUrl");
        let Some(url) = entry["fullUrl"].as_str() else {
            complain(
                issues,
                "full-url",
                expression,
                "the entry has no fullUrl".into(),
                "give each entry the absolute URL of its resource",
            );
            continue;
        };
        let is_absolute =
            url.starts_with("urn:") || Url::parse(url).is_ok_and(|url| url.has_host());
        let resource = &entry["resource"];
        let (kind, id) = (resource["resourceType"].as_str(), resource["id"].as_str());
        let tail = kind.zip(id).map(|(kind, id)| format!("/{kind}/{id}"));
        if !is_absolute {
            complain(
                issues,
                "full-url",
                expression,
                format!("the fullUrl {url} is not absolute"),
                "write it with the server's base URL",
            );
        } else if let Some(tail) = tail
            && !url.starts_with("urn:")
            && !url.ends_with(&tail)
        {
            complain(
                issues,
                "full-url",
                expression,
                format!("the fullUrl {url} does not end in {tail}"),
                "make it the URL under which the resource can be read",
            );
        } else if url.contains("/_history/") {
            complain(
                issues,
                "full-url",
                expression,
                format!("the fullUrl {url} names a version"),
                "leave the version out",
            );
        }
    }
}

fn search_modes(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    for (place, entry) in pages.entries() {
        let expression = format!("{place}.search.mode");
        let kind = entry["resource"]["resourceType"]
            .as_str()
            .unwrap_or_default();
        match entry["search"]["mode"].as_str() {
            // Recommended only: FHIR R4 Bundle.entry.search.mode is 0..1.
            None => {}
            Some("match" | "include") if kind == "OperationOutcome" => complain(
                issues,
                "search-mode",
                expression,
                "an OperationOutcome is no match".into(),
                "set its search.mode to outcome",
            ),
            Some("match" | "include") => {}
            Some("outcome") if kind == "OperationOutcome" => {}
            Some(mode) => complain(
                issues,
                "search-mode",
                expression,
                format!("the mode {mode} does not fit a {kind}"),
                "use match, include or outcome",
            ),
        }
    }
}

fn entry_content(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    let searched = pages
        .answer
        .searched
        .as_ref()
        .map(|searched| searched.resource_type.as_str());
    for (place, entry) in pages.entries() {
        let resource = &entry["resource"];
        let Some(kind) = resource["resourceType"].as_str() else {
            complain(
                issues,
                "entry-resource",
                place,
                "the entry holds no resource".into(),
                "put the resource into the entry",
            );
            continue;
        };
        if resource["id"].as_str().is_none() && kind != "OperationOutcome" {
            complain(
                issues,
                "entry-resource",
                format!("{place}.resource"),
                format!("the {kind} has no id"),
                "give it its logical id",
            );
        }
        let is_outcome = kind == "OperationOutcome";
        if Pages::is_match(entry)
            && !is_outcome
            && searched.is_some_and(|searched| searched != kind)
        {
            complain(
                issues,
                "match-type",
                format!("{place}.resource"),
                format!("a {kind} is no match of this search"),
                "return matches of the searched type only",
            );
        }
        if entry.get("request").is_some() || entry.get("response").is_some() {
            complain(
                issues,
                "entry-members",
                place,
                "request and response are not for search results".into(),
                "leave them out",
            );
        }
    }
}

fn totals(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    let totals: Vec<&Value> = pages
        .bundles
        .iter()
        .filter_map(|bundle| bundle.get("total"))
        .collect();
    let Some(first) = totals.first() else { return };
    let expression = "Bundle.total".to_owned();
    let Some(total) = first.as_u64() else {
        complain(
            issues,
            "total",
            expression,
            format!("the total {first} is no number"),
            "make it the number of matches",
        );
        return;
    };
    if totals.iter().any(|other| other != first) {
        complain(
            issues,
            "total",
            expression,
            "the total differs between pages".into(),
            "make it the number of matches over all pages",
        );
        return;
    }
    let found = pages
        .entries()
        .filter(|(_, entry)| Pages::is_match(entry))
        .count() as u64;
    let is_wrong = match pages.answer.paging {
        Paging::Complete => total != found,
        Paging::FirstOnly => {
            total < found
                || (total > found && !has_next(pages.bundles.first().copied()) && found > 0)
        }
        _ => false,
    };
    if is_wrong {
        complain(
            issues,
            "total",
            expression,
            format!("the total is {total}, and there are {found} matches"),
            "count the matches, and nothing else",
        );
    }
}

fn has_next(bundle: Option<&Value>) -> bool {
    let links = bundle.and_then(|bundle| bundle["link"].as_array());
    links
        .into_iter()
        .flatten()
        .any(|link| link["relation"] == "next")
}

fn repeats(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    let mut seen: HashMap<(&str, &str), String> = HashMap::new();
    for (place, entry) in pages.entries().filter(|(_, entry)| Pages::is_match(entry)) {
        let resource = &entry["resource"];
        let (Some(kind), Some(id)) = (resource["resourceType"].as_str(), resource["id"].as_str())
        else {
            continue;
        };
        if seen.insert((kind, id), place.clone()).is_some() {
            complain(
                issues,
                "repeated-match",
                place,
                format!("{kind}/{id} comes a second time"),
                "return each match once over all pages, in a stable order",
            );
        }
    }
}

fn paging(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    let link = || "Bundle.link".to_owned();
    match &pages.answer.paging {
        Paging::Circle(url) => complain(
            issues,
            "next-link",
            link(),
            format!("the next link {url} leads back to a page before"),
            "leave the next link out of the last page",
        ),
        Paging::BadLink(url) => complain(
            issues,
            "next-link",
            link(),
            format!(
                "the next link {url} is no absolute URL below {}",
                pages.base
            ),
            "write the next link with the server's base URL",
        ),
        Paging::Elsewhere(url) => complain(
            issues,
            "next-link",
            link(),
            format!(
                "the next link {url} leads to another origin than {}, and was not followed",
                pages.base
            ),
            "write the next link with the base URL under which clients reach the server (or allow the other with --allow-origins)",
        ),
        Paging::Complete | Paging::FirstOnly | Paging::TooMany(_) => {}
    }
    for (index, response) in pages.answer.responses().enumerate().skip(1) {
        if response.status != 200 {
            complain(
                issues,
                "next-link",
                link(),
                format!(
                    "page {} was answered with status {}",
                    index + 1,
                    response.status
                ),
                "keep next links valid while a client reads",
            );
        }
    }
}

fn empty_arrays(pages: &Pages<'_>, issues: &mut Vec<Issue>) {
    for bundle in &pages.bundles {
        for member in ["entry", "link"] {
            if bundle[member].as_array().is_some_and(Vec::is_empty) {
                complain(
                    issues,
                    "empty-array",
                    format!("Bundle.{member}"),
                    format!("{member} is an empty array, which FHIR JSON does not know"),
                    "leave the member out",
                );
            }
        }
    }
}
