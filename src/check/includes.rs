//! `includes`: what comes along with the matches belongs to them (FHIR R4 search, including other
//! resources in result).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Answer, Finding, View};
use crate::pool::{Key, key, local_references};
use crate::suite::Template;

/// Unrelated resources that are named in a message at most.
const NAMED: usize = 5;

pub(super) fn check(kind: &Template, view: &View<'_>) -> Finding {
    let (Some(answer), Ok(kind)) = (view.answer, view.scope.render(kind)) else {
        return Finding::blocked("there is no answer to judge");
    };
    let expected = format!("{kind} beside the matches, each bound to a match by a reference");
    let included: Vec<&Value> = included(answer).collect();
    if !included
        .iter()
        .any(|resource| resource["resourceType"] == *kind)
    {
        return Finding::fail(expected, format!("no {kind} with search.mode include"))
            .fix("add what was asked for to the page of the match, with search.mode include");
    }
    let unrelated = unrelated(answer, &included, view.base);
    if unrelated.is_empty() {
        return Finding::pass(expected, format!("{} included", included.len()));
    }
    let named: Vec<&str> = unrelated.iter().take(NAMED).map(String::as_str).collect();
    Finding::fail(
        expected,
        format!("unrelated to the matches: {}", named.join(", ")),
    )
    .fix("include only what refers to a match of the page, or is referred to by one")
}

fn included(answer: &Answer) -> impl Iterator<Item = &Value> {
    answer
        .entries()
        .filter(|entry| entry["search"]["mode"] == "include")
        .map(|entry| &entry["resource"])
}

fn unrelated(answer: &Answer, included: &[&Value], base: &str) -> Vec<String> {
    let matches: BTreeSet<Key> = answer.match_keys().into_iter().collect();
    let referred: BTreeSet<Key> = answer
        .matches()
        .flat_map(|resource| local_references(resource, base))
        .collect();
    let is_related = |resource: &Value| {
        key(resource).is_some_and(|key| referred.contains(&key))
            || local_references(resource, base)
                .iter()
                .any(|to| matches.contains(to))
    };
    included
        .iter()
        .filter(|resource| !is_related(resource))
        .filter_map(|resource| key(resource))
        .map(|(kind, id)| format!("{kind}/{id}"))
        .collect()
}
