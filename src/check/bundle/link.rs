//! The self link: the search as the server understood it (R4 search, "self link").

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::{Complaints, Pages, Place};
use crate::search;

pub(super) fn self_links(pages: &Pages<'_>, complaints: &mut Complaints) {
    for (page, bundle) in pages.each() {
        let place = Place::on(page, "Bundle.link");
        match selves(bundle).as_slice() {
            [] => complaints.add(
                "self-link",
                &place,
                "there is no self link".into(),
                "add a link with relation self that holds the search as it was understood",
            ),
            [url] if Url::parse(url).is_err() => complaints.add(
                "self-link",
                &place,
                format!("the self link {url} is no absolute URL"),
                "write the self link with the server's base URL",
            ),
            [_] => {}
            _ => complaints.add(
                "self-link",
                &place,
                "there are several self links".into(),
                "keep one",
            ),
        }
    }
}

/// What the client asked for stands in the first page's self link, or was not used. Only parameters
/// that FHIR R4 defines: the link leaves out those that the server does not know. Later pages may be
/// named as the server likes.
pub(super) fn parameters(pages: &Pages<'_>, complaints: &mut Complaints) {
    let (Some(first), Some(searched)) = (pages.bundles.first(), &pages.answer.searched) else {
        return;
    };
    let [link] = selves(first)[..] else { return };
    let Ok(url) = Url::parse(link) else { return };
    let said: BTreeSet<String> = url
        .query_pairs()
        .filter_map(|(name, _)| base_name(&name).map(str::to_owned))
        .collect();
    let missing: Vec<&str> = searched
        .parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, _)| base_name(name))
        .filter(|name| search::find(&searched.resource_type, name).is_some())
        .filter(|name| !said.contains(*name))
        .collect();
    if !missing.is_empty() {
        complaints.add(
            "self-link-parameters",
            &Place::on(0, "Bundle.link"),
            format!("the self link {link} lacks {}", missing.join(", ")),
            "repeat in the self link every parameter that was used, and use every parameter you know",
        );
    }
}

fn selves(bundle: &Value) -> Vec<&str> {
    let links = bundle["link"].as_array().into_iter().flatten();
    links
        .filter(|link| link["relation"] == "self")
        .filter_map(|link| link["url"].as_str())
        .collect()
}

/// A parameter's name without its modifier or chain.
fn base_name(name: &str) -> Option<&str> {
    name.split([':', '.']).next()
}
