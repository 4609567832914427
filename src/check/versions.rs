//! `versions`: a version of a resource has one content, wherever it is shown (FHIR R4 resource,
//! `meta.versionId`: it changes each time the content does).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::content::{compare, without_bookkeeping};
use super::{Finding, View};
use crate::http::Exchanged;
use crate::pool::is_subset;
use crate::suite::VersionRule;

/// Differences that are named in a message at most.
const NAMED: usize = 5;

/// Type, id and version.
type Version = (String, String, String);

pub(super) fn check(rule: VersionRule, view: &View<'_>) -> Finding {
    let VersionRule::Consistent = rule;
    let expected = "one content for each version of a resource, in all answers of the run";
    let mut known: BTreeMap<Version, (Value, &Exchanged)> = BTreeMap::new();
    let (mut seen, mut differences) = (0, Vec::new());
    for exchanged in view.pool.answers().filter(|one| is_whole(one)) {
        for (version, content) in shown(exchanged) {
            seen += 1;
            match known.get(&version) {
                None => drop(known.insert(version, (content, exchanged))),
                Some((before, first)) if *before != content => {
                    differences.push(describe(&version, (before, first), (&content, exchanged)));
                }
                Some(_) => {}
            }
        }
    }
    if known.is_empty() {
        return Finding::blocked("no resource was shown with its version");
    }
    if differences.is_empty() {
        return Finding::pass(
            expected,
            format!("{} versions, shown {seen} times", known.len()),
        );
    }
    let count = differences.len();
    differences.truncate(NAMED);
    let more = if count > NAMED {
        format!("; and {} more", count - NAMED)
    } else {
        String::new()
    };
    Finding::fail(expected, format!("{}{more}", differences.join("; ")))
        .fix("build every answer from the same stored resource, and count up its version when it changes")
}

/// Whether the answer shows whole resources: a summary rightly leaves things out.
fn is_whole(exchanged: &Exchanged) -> bool {
    let url = &exchanged.request.url;
    !url.contains("_summary=") && !url.contains("_elements=")
}

/// The resources of a successful answer that say their version.
fn shown(exchanged: &Exchanged) -> Vec<(Version, Value)> {
    let Ok(response) = &exchanged.response else {
        return Vec::new();
    };
    let Some(body) = response.json().ok().filter(|_| response.status == 200) else {
        return Vec::new();
    };
    let entries = body["entry"].as_array().into_iter().flatten();
    let of_entries = entries.map(|entry| &entry["resource"]);
    std::iter::once(body.as_ref())
        .chain(of_entries)
        .filter(|resource| !is_subset(resource))
        .filter_map(|resource| Some((version(resource)?, content(resource))))
        .collect()
}

/// What a version stands for: the content, and when it was made.
fn content(resource: &Value) -> Value {
    let mut content = without_bookkeeping(resource);
    content["meta"] = json!({ "lastUpdated": resource["meta"]["lastUpdated"] });
    content
}

fn version(resource: &Value) -> Option<Version> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let meta = &resource["meta"];
    Some((
        text(&resource["resourceType"])?,
        text(&resource["id"])?,
        text(&meta["versionId"]).or_else(|| text(&meta["lastUpdated"]))?,
    ))
}

fn describe(
    (kind, id, version): &Version,
    (before, first): (&Value, &Exchanged),
    (now, second): (&Value, &Exchanged),
) -> String {
    let mut places = Vec::new();
    compare(before, now, String::new(), &mut places);
    places.truncate(NAMED);
    let asked =
        |exchanged: &Exchanged| format!("{} {}", exchanged.request.method, exchanged.request.url);
    format!(
        "{kind}/{id}, version {version}, differs at {} between {} and {}",
        places.join(", "),
        asked(first),
        asked(second)
    )
}
