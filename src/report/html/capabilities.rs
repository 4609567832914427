//! What the server declares, beside what the run saw of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::link::{self, Links};
use crate::outcome::{CapabilityKind, CapabilityOutcome, RunOutcome, TestOutcome, Verdict};
use crate::report::words::{tests, word};

#[derive(Debug, Serialize)]
pub(super) struct Table {
    /// Those that are not as declared first.
    rows: Vec<Row>,
    /// How many are not as declared.
    deviations: usize,
    /// What no test speaks for, by type: a server may declare hundreds.
    silent: Vec<Silent>,
    /// How many no test speaks for.
    silent_count: usize,
}

#[derive(Debug, Serialize)]
struct Silent {
    resource_type: String,
    names: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    resource_type: String,
    kind: &'static str,
    name: String,
    declared: bool,
    verdict: &'static str,
    finding: &'static str,
    links: Links,
}

pub(super) fn of(outcome: &RunOutcome) -> Table {
    let known: BTreeMap<&str, &TestOutcome> = tests(outcome)
        .map(|test| (test.id.as_str(), test))
        .collect();
    let (silent, spoken): (Vec<_>, Vec<_>) = outcome
        .capabilities
        .iter()
        .partition(|one| one.verdict == Verdict::Skip);
    let (deviating, others): (Vec<_>, Vec<_>) = spoken.into_iter().partition(|one| deviates(one));
    Table {
        silent_count: silent.len(),
        silent: by_type(&silent),
        deviations: deviating.len(),
        rows: deviating
            .into_iter()
            .chain(others)
            .map(|one| row(one, &known))
            .collect(),
    }
}

/// Declared and not working, or the other way round.
fn deviates(one: &CapabilityOutcome) -> bool {
    match one.verdict {
        Verdict::Fail => one.declared,
        Verdict::Pass | Verdict::Warning => !one.declared,
        Verdict::Skip | Verdict::Error => false,
    }
}

fn by_type(silent: &[&CapabilityOutcome]) -> Vec<Silent> {
    let mut types: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in silent {
        let undeclared = if one.declared { "" } else { " (not declared)" };
        types
            .entry(&one.key.resource_type)
            .or_default()
            .push(format!("{}{undeclared}", one.key.name));
    }
    types
        .into_iter()
        .map(|(resource_type, names)| Silent {
            resource_type: resource_type.to_owned(),
            names,
        })
        .collect()
}

fn row(one: &CapabilityOutcome, known: &BTreeMap<&str, &TestOutcome>) -> Row {
    let mut links = Links::default();
    for test in one.tests.iter().filter_map(|id| known.get(id.as_str())) {
        links.push(link::to(test));
    }
    Row {
        resource_type: one.key.resource_type.clone(),
        kind: match one.key.kind {
            CapabilityKind::Interaction => "interaction",
            CapabilityKind::SearchParameter => "search parameter",
            CapabilityKind::Include => "include",
            CapabilityKind::Operation => "operation",
        },
        name: one.key.name.clone(),
        declared: one.declared,
        verdict: word(one.verdict),
        finding: match (one.declared, one.verdict) {
            (true, Verdict::Fail) => "declared, and does not work as it should",
            (false, Verdict::Pass | Verdict::Warning) => "works, and is not declared",
            (false, Verdict::Fail) => "not declared, and does not work",
            (_, Verdict::Skip | Verdict::Error) => "could not be told",
            (true, Verdict::Pass | Verdict::Warning) => "works",
        },
        links,
    }
}
