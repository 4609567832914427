//! Exit codes: a promise to scripts.

use std::collections::HashSet;

use crate::config::FailOn;
use crate::outcome::{RunOutcome, SkipKind, Verdict};
use crate::suite::Conformance;

/// No non-conformity found.
pub const CONFORMANT: u8 = 0;
/// The target, or the content, is wrong.
pub const NON_CONFORMANT: u8 = 1;
/// Wrong use: arguments, configuration, an unreadable file, or a filter that selects nothing.
pub const USAGE: u8 = 2;
/// A case file is broken; the rest still ran.
pub const BROKEN_CASES: u8 = 3;
/// No SHALL could be tested, or a test could not tell.
pub const INCONCLUSIVE: u8 = 4;

/// The exit code of a run, from its counts.
pub fn of_run(outcome: &RunOutcome, fail_on: &[FailOn]) -> u8 {
    let tests = |verdict| outcome.summary.tests.get(&verdict).copied().unwrap_or(0);
    let missed = |what: &FailOn| match what {
        FailOn::Warning => tests(Verdict::Warning) > 0,
        FailOn::NoData => has_untested_shall(outcome),
    };
    if !outcome.diagnostics.is_empty() {
        BROKEN_CASES
    } else if tests(Verdict::Fail) > 0 || fail_on.iter().any(missed) {
        NON_CONFORMANT
    } else if tests(Verdict::Error) > 0
        || outcome.summary.shall_exercised == 0
        || outcome.run.interrupted
    {
        INCONCLUSIVE
    } else {
        CONFORMANT
    }
}

/// Whether a test that verifies a SHALL had no data to run with.
fn has_untested_shall(outcome: &RunOutcome) -> bool {
    let shall: HashSet<&str> = outcome
        .requirements
        .iter()
        .filter(|requirement| requirement.conformance == Conformance::Shall)
        .map(|requirement| requirement.id.as_str())
        .collect();
    outcome
        .cases
        .iter()
        .flat_map(|case| &case.tests)
        .filter(|test| matches!(&test.skip, Some(skip) if skip.kind == SkipKind::NoData))
        .any(|test| test.verifies.iter().any(|id| shall.contains(id.as_str())))
}
