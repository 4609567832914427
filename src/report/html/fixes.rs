//! What to fix first: missed expectations by case, those that touch most first.

use std::collections::BTreeSet;

use serde::Serialize;

use super::view::anchor;
use crate::outcome::{CaseOutcome, ExpectationOutcome, RunOutcome, TestOutcome, Verdict};

/// Entries of one list at most; the rest stands among the cases.
const SHOWN: usize = 12;

/// One thing to mend.
#[derive(Debug, Serialize)]
pub(super) struct Fix {
    title: String,
    why: String,
    anchor: String,
    tests: usize,
    types: String,
    expected: String,
    actual: String,
    fix: String,
    requirements: String,
}

/// Things to mend with this verdict, and how many more there are.
#[derive(Debug, Serialize)]
pub(super) struct Fixes {
    items: Vec<Fix>,
    more: usize,
}

/// The cases with this verdict, those with most tests affected first.
pub(super) fn with(outcome: &RunOutcome, verdict: Verdict) -> Fixes {
    let mut items: Vec<Fix> = outcome
        .cases
        .iter()
        .filter_map(|case| fix(case, verdict))
        .collect();
    items.sort_by_key(|fix| std::cmp::Reverse(fix.tests));
    let more = items.len().saturating_sub(SHOWN);
    items.truncate(SHOWN);
    Fixes { items, more }
}

fn fix(case: &CaseOutcome, verdict: Verdict) -> Option<Fix> {
    let tests: Vec<&TestOutcome> = case
        .tests
        .iter()
        .filter(|test| test.verdict == verdict)
        .collect();
    let first = tests.first()?;
    let missed = missed(first, verdict);
    let types: BTreeSet<&str> = tests
        .iter()
        .filter_map(|test| test.resource_type.as_deref())
        .collect();
    let issue = missed.and_then(|missed| missed.issues.first());
    let text = |of: fn(&ExpectationOutcome) -> &String| missed.map(of).cloned().unwrap_or_default();
    let actual = match issue {
        Some(issue) => format!(
            "{}: {} ({})",
            text(|found| &found.actual),
            issue.message,
            issue.location.expression
        ),
        None => text(|found| &found.actual),
    };
    Some(Fix {
        title: if tests.len() == 1 {
            first.title.clone()
        } else {
            generic(case, first)
        },
        why: case.why.clone().unwrap_or_default(),
        anchor: anchor(&first.id),
        tests: tests.len(),
        types: types.into_iter().collect::<Vec<_>>().join(", "),
        expected: text(|found| &found.expected),
        actual,
        fix: missed
            .and_then(|missed| missed.fix.clone())
            .or_else(|| issue.and_then(|issue| issue.fix.clone()))
            .unwrap_or_default(),
        requirements: first.verifies.join(", "),
    })
}

fn missed(test: &TestOutcome, verdict: Verdict) -> Option<&ExpectationOutcome> {
    test.steps
        .iter()
        .flat_map(|step| &step.expectations)
        .find(|found| found.verdict == verdict)
}

/// The title of a case that stands for several tests: without what differs between them.
pub(super) fn generic(case: &CaseOutcome, first: &TestOutcome) -> String {
    if !case.title.contains('{') {
        return case.title.clone();
    }
    match first
        .resource_type
        .as_deref()
        .and_then(|kind| first.title.strip_prefix(kind))
    {
        Some(rest) => {
            let rest = rest.trim_start_matches([':', ' ']);
            let mut letters = rest.chars();
            letters
                .next()
                .map(|letter| letter.to_uppercase().chain(letters).collect())
                .unwrap_or_default()
        }
        None => first.title.clone(),
    }
}
