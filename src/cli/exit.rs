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
        || outcome.run.refused.is_some()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Skip, TestOutcome};
    use serde_json::json;

    /// A run with one test of this verdict, and what else is said of it.
    fn run(verdict: Verdict, change: impl Fn(&mut RunOutcome)) -> RunOutcome {
        let test = json!({
            "id": "c/t", "title": "t", "verifies": ["R-1"], "verdict": verdict, "duration_ms": 0, "steps": []
        });
        let mut outcome: RunOutcome = serde_json::from_value(json!({
            "run": {
                "tool": "t", "suite_sha256": "", "target": { "url": "http://h/", "embedded": false },
                "actor": "resource-access-provider", "started": "2026-01-01T00:00:00Z", "duration_ms": 0,
                "filters": [], "partial": false, "interrupted": false, "evidence": "full", "notes": [],
                "definitions": []
            },
            "summary": {
                "verdict": verdict, "tests": {}, "skips": {}, "requirements_linked": 1,
                "requirements_exercised": 1, "shall_exercised": 1, "requests": 0, "resources_validated": 0
            },
            "cases": [{
                "id": "c", "title": "c", "actor": "resource-access-provider", "group": "g",
                "verdict": verdict, "tests": [test]
            }],
            "exchanges": [],
            "requirements": [{ "id": "R-1", "statement": "s", "conformance": "SHALL", "source": "s" }]
        }))
        .expect("an outcome");
        outcome.summary.tests.insert(verdict, 1);
        change(&mut outcome);
        outcome
    }

    fn no_data(outcome: &mut RunOutcome) {
        let tests = outcome.cases.iter_mut().flat_map(|case| &mut case.tests);
        tests.for_each(|test: &mut TestOutcome| {
            test.skip = Some(Skip {
                kind: SkipKind::NoData,
                reason: "r".to_owned(),
            });
        });
    }

    #[test]
    fn codes_come_from_counts() {
        let broken = |outcome: &mut RunOutcome| outcome.diagnostics.push("d".to_owned());
        let nothing = |outcome: &mut RunOutcome| outcome.summary.shall_exercised = 0;
        let interrupted = |outcome: &mut RunOutcome| outcome.run.interrupted = true;
        let refused = |outcome: &mut RunOutcome| outcome.run.refused = Some("401".to_owned());
        let same = |_: &mut RunOutcome| {};
        let strict = [FailOn::Warning, FailOn::NoData];
        for (outcome, fail_on, expected) in [
            (run(Verdict::Pass, same), &[][..], CONFORMANT),
            (run(Verdict::Warning, same), &[], CONFORMANT),
            (run(Verdict::Warning, same), &strict, NON_CONFORMANT),
            (run(Verdict::Fail, same), &[], NON_CONFORMANT),
            (run(Verdict::Error, same), &[], INCONCLUSIVE),
            (run(Verdict::Pass, nothing), &[], INCONCLUSIVE),
            (run(Verdict::Pass, interrupted), &[], INCONCLUSIVE),
            (run(Verdict::Pass, refused), &[], INCONCLUSIVE),
            (run(Verdict::Fail, broken), &[], BROKEN_CASES),
            (run(Verdict::Skip, no_data), &[], CONFORMANT),
            (run(Verdict::Skip, no_data), &strict, NON_CONFORMANT),
        ] {
            assert_eq!(
                of_run(&outcome, fail_on),
                expected,
                "{:?} {fail_on:?}",
                outcome.summary
            );
        }
    }
}
