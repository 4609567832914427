//! Entries: their address, their reason to be there, their content.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::{Complaints, Pages, Place};

/// Present, absolute, once on a page, and the address of the resource (R4 bundle, "fullUrl").
pub(super) fn full_urls(pages: &Pages<'_>, complaints: &mut Complaints) {
    let mut seen = BTreeSet::new();
    for (place, entry) in pages.entries() {
        let here = place.member("fullUrl");
        let Some(url) = entry["fullUrl"].as_str() else {
            complaints.add(
                "full-url",
                &here,
                "the entry has no fullUrl".into(),
                "give each entry the absolute URL of its resource",
            );
            continue;
        };
        if let Some((problem, fix)) = address_problem(url, &entry["resource"]) {
            complaints.add("full-url", &here, problem, fix);
        }
        if !seen.insert((place.page, url)) {
            complaints.add(
                "full-url-repeated",
                &here,
                format!("the fullUrl {url} comes a second time on this page"),
                "give each entry an address of its own",
            );
        }
    }
}

fn address_problem(url: &str, resource: &Value) -> Option<(String, &'static str)> {
    let is_urn = url.starts_with("urn:");
    if !is_urn && !Url::parse(url).is_ok_and(|url| url.has_host()) {
        return Some((
            format!("the fullUrl {url} is not absolute"),
            "write it with the server's base URL",
        ));
    }
    if url.contains("/_history/") {
        return Some((
            format!("the fullUrl {url} names a version"),
            "leave the version out",
        ));
    }
    let (kind, id) = (resource["resourceType"].as_str()?, resource["id"].as_str()?);
    let tail = format!("/{kind}/{id}");
    (!is_urn && !url.ends_with(&tail)).then(|| {
        (
            format!("the fullUrl {url} does not end in {tail}"),
            "make it the URL under which the resource can be read",
        )
    })
}

/// Why an entry is there (R4 bundle, `entry.search.mode`).
pub(super) fn search_modes(pages: &Pages<'_>, complaints: &mut Complaints) {
    for (place, entry) in pages.entries() {
        let kind = entry["resource"]["resourceType"]
            .as_str()
            .unwrap_or_default();
        let mode = entry["search"]["mode"].as_str();
        let is_outcome = kind == "OperationOutcome";
        let (problem, fix) = match mode {
            // Recommended only: FHIR R4 Bundle.entry.search.mode is 0..1.
            None => continue,
            Some("match" | "include") if is_outcome => (
                "an OperationOutcome is no match".to_owned(),
                "set its search.mode to outcome",
            ),
            Some("match" | "include") => continue,
            Some("outcome") if is_outcome => continue,
            Some(mode) => (
                format!("the mode {mode} does not fit a {kind}"),
                "use match, include or outcome",
            ),
        };
        complaints.add("search-mode", &place.member("search.mode"), problem, fix);
    }
}

pub(super) fn resources(pages: &Pages<'_>, complaints: &mut Complaints) {
    for (place, entry) in pages.entries() {
        let resource = &entry["resource"];
        let Some(kind) = resource["resourceType"].as_str() else {
            complaints.add(
                "entry-resource",
                &place,
                "the entry holds no resource".into(),
                "put the resource into the entry",
            );
            continue;
        };
        if resource["id"].as_str().is_none() && kind != "OperationOutcome" {
            complaints.add(
                "entry-resource",
                &place.member("resource"),
                format!("the {kind} has no id"),
                "give it its logical id",
            );
        }
        if entry.get("request").is_some() || entry.get("response").is_some() {
            complaints.add(
                "entry-members",
                &place,
                "request and response are not for search results".into(),
                "leave them out",
            );
        }
    }
    match_types(pages, complaints);
}

fn match_types(pages: &Pages<'_>, complaints: &mut Complaints) {
    let Some(searched) = &pages.answer.searched else {
        return;
    };
    for (place, entry) in pages.matches() {
        let kind = entry["resource"]["resourceType"].as_str();
        // An outcome among the matches is told by its mode.
        let Some(kind) = kind.filter(|kind| *kind != "OperationOutcome") else {
            continue;
        };
        if kind != searched.resource_type {
            complaints.add(
                "match-type",
                &place.member("resource"),
                format!(
                    "a {kind} is no match of a search for {}",
                    searched.resource_type
                ),
                "return matches of the searched type only",
            );
        }
    }
}

/// No match comes twice, on whatever page.
pub(super) fn repeats(pages: &Pages<'_>, complaints: &mut Complaints) {
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (place, entry) in pages.matches() {
        let resource = &entry["resource"];
        let (Some(kind), Some(id)) = (resource["resourceType"].as_str(), resource["id"].as_str())
        else {
            continue;
        };
        if !seen.insert((kind, id)) {
            repeat(complaints, &place, kind, id);
        }
    }
}

fn repeat(complaints: &mut Complaints, place: &Place, kind: &str, id: &str) {
    complaints.add(
        "repeated-match",
        place,
        format!("{kind}/{id} comes a second time"),
        "return each match once over all pages, in a stable order",
    );
}
