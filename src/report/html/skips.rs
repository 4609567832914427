//! The tests that were not run, by reason.

use std::collections::BTreeMap;

use serde::Serialize;

use super::link::{self, Link};
use crate::outcome::{RunOutcome, SkipKind};
use crate::report::words::{capital, number, skip_word, tests};

/// One kind of reason.
#[derive(Debug, Serialize)]
pub(super) struct Kind {
    name: String,
    meaning: &'static str,
    tally: String,
    reasons: Vec<Reason>,
}

#[derive(Debug, Serialize)]
struct Reason {
    reason: String,
    tally: String,
    tests: Vec<Link>,
}

/// The kinds, that which the reader can do something about first.
const KINDS: [(SkipKind, &str); 4] = [
    (
        SkipKind::NoData,
        "The server showed nothing to test with. Load what is named and run again.",
    ),
    (
        SkipKind::Blocked,
        "A test that these need did not pass. Mend that one first.",
    ),
    (
        SkipKind::NotApplicable,
        "Optional, and the server does not declare it. Nothing to do.",
    ),
    (SkipKind::Deselected, "Left out by whoever started the run."),
];

pub(super) fn of(outcome: &RunOutcome) -> Vec<Kind> {
    KINDS
        .into_iter()
        .map(|(kind, meaning)| Kind {
            name: capital(skip_word(kind)),
            meaning,
            tally: number(
                outcome.summary.skips.get(&kind).copied().unwrap_or(0),
                "test",
            ),
            reasons: reasons(outcome, kind),
        })
        .filter(|kind| !kind.reasons.is_empty())
        .collect()
}

fn reasons(outcome: &RunOutcome, kind: SkipKind) -> Vec<Reason> {
    let mut by_reason: BTreeMap<&str, Vec<Link>> = BTreeMap::new();
    for test in tests(outcome) {
        if let Some(skip) = test.skip.as_ref().filter(|skip| skip.kind == kind) {
            by_reason
                .entry(&skip.reason)
                .or_default()
                .push(link::to(test));
        }
    }
    let mut reasons: Vec<Reason> = by_reason
        .into_iter()
        .map(|(reason, tests)| Reason {
            reason: capital(reason),
            tally: number(tests.len() as u64, "test"),
            tests,
        })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.tests.len()));
    reasons
}
