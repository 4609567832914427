//! `at-least`, `at-most`, `contains`, `lacks`, `same-matches`: which resources a search found.

use std::collections::BTreeSet;

use super::{Finding, Paging, View};
use crate::pool::{Key, key};

/// Ids that are named in a message at most.
const NAMED: usize = 5;

pub(super) fn at_least(count: u64, view: &View<'_>) -> Finding {
    counted(view, &format!("at least {count}"), |found| found >= count)
}

pub(super) fn at_most(count: u64, view: &View<'_>) -> Finding {
    let expected = if count == 0 {
        "no".to_owned()
    } else {
        format!("at most {count}")
    };
    counted(view, &expected, |found| found <= count)
}

fn counted(view: &View<'_>, bound: &str, holds: impl Fn(u64) -> bool) -> Finding {
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    let found = answer.matches().count();
    Finding::holds(
        holds(found as u64),
        format!("{bound} matches"),
        matches_in_words(found),
    )
}

pub(super) fn contains(variable: &str, view: &View<'_>) -> Finding {
    among(variable, view, true)
}

pub(super) fn lacks(variable: &str, view: &View<'_>) -> Finding {
    among(variable, view, false)
}

fn among(variable: &str, view: &View<'_>, wanted: bool) -> Finding {
    let (Some(answer), Some(key)) = (
        view.answer,
        view.scope.resource(variable).and_then(|seed| key(seed)),
    ) else {
        return Finding::blocked("there is nothing to compare with");
    };
    let name = format!("{}/{}", key.0, key.1);
    let keys = answer.match_keys();
    let is_there = keys.contains(&key);
    let expected = format!(
        "{name} {} the matches",
        if wanted { "among" } else { "not among" }
    );
    let actual = format!("{}: {}", matches_in_words(keys.len()), named(keys.iter()));
    if wanted && !is_there && is_open(&answer.paging) {
        return Finding::error(expected, format!("{actual}; not all pages could be read"));
    }
    let fix = if wanted {
        "return every resource that satisfies the search"
    } else {
        "return only resources that satisfy the search"
    };
    Finding::holds(is_there == wanted, expected, actual).fix(fix)
}

/// Whether there are pages that were left for our own limits.
fn is_open(paging: &Paging) -> bool {
    matches!(paging, Paging::TooMany(_))
}

pub(super) fn same_matches(step: &str, view: &View<'_>) -> Finding {
    let earlier = view.earlier.iter().find(|(name, _)| name == step);
    let (Some(answer), Some((_, earlier))) = (view.answer, earlier) else {
        return Finding::blocked(format!("the step {step} brought nothing to compare with"));
    };
    let (before, now): (BTreeSet<Key>, BTreeSet<Key>) = (
        earlier.iter().cloned().collect(),
        answer.match_keys().into_iter().collect(),
    );
    let expected = format!("the same {} as before", matches_in_words(before.len()));
    let missing: Vec<_> = before.difference(&now).collect();
    let added: Vec<_> = now.difference(&before).collect();
    if missing.is_empty() && added.is_empty() {
        return Finding::pass(expected, "the same");
    }
    let mut actual = Vec::new();
    if !missing.is_empty() {
        actual.push(format!("missing: {}", named(missing.into_iter())));
    }
    if !added.is_empty() {
        actual.push(format!("added: {}", named(added.into_iter())));
    }
    Finding::fail(expected, actual.join("; "))
}

fn matches_in_words(count: usize) -> String {
    match count {
        0 => "no match".to_owned(),
        1 => "1 match".to_owned(),
        count => format!("{count} matches"),
    }
}

fn named<'a>(keys: impl Iterator<Item = &'a Key>) -> String {
    let keys: Vec<String> = keys.map(|(kind, id)| format!("{kind}/{id}")).collect();
    match keys.len() {
        0 => "none".to_owned(),
        count if count <= NAMED => keys.join(", "),
        count => format!("{} and {} more", keys[..NAMED].join(", "), count - NAMED),
    }
}
