//! The summary that a run prints.

use std::fmt::Write;

use super::Written;
use crate::outcome::{ExpectationOutcome, RunOutcome, SkipKind, TestOutcome, Verdict};

/// Tests that are printed at most.
const SHOWN: usize = 10;

/// Verdict and counts, what to look at first, and where the report is.
pub fn summary_text(outcome: &RunOutcome, written: &Written) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(&mut text, outcome, written);
    text
}

fn write_summary(text: &mut String, outcome: &RunOutcome, written: &Written) -> std::fmt::Result {
    for verdict in [Verdict::Fail, Verdict::Error, Verdict::Warning] {
        write_tests(text, outcome, verdict)?;
    }
    let summary = &outcome.summary;
    writeln!(text, "{}", headline(outcome))?;
    let counts: Vec<String> = [
        Verdict::Pass,
        Verdict::Warning,
        Verdict::Fail,
        Verdict::Error,
        Verdict::Skip,
    ]
    .into_iter()
    .filter_map(|verdict| {
        Some(format!(
            "{} {}",
            summary.tests.get(&verdict)?,
            word(verdict)
        ))
    })
    .collect();
    let skips: Vec<String> = summary
        .skips
        .iter()
        .map(|(kind, count)| format!("{count} {}", skip_word(*kind)))
        .collect();
    let skips = if skips.is_empty() {
        String::new()
    } else {
        format!(" ({})", skips.join(", "))
    };
    writeln!(text, "{}{skips}", counts.join(", "))?;
    writeln!(
        text,
        "{} of {} requirements exercised, {} of them SHALL; {} requests, {} resources validated, {}.{:01} s",
        summary.requirements_exercised,
        summary.requirements_linked,
        summary.shall_exercised,
        summary.requests,
        summary.resources_validated,
        outcome.run.duration_ms / 1000,
        outcome.run.duration_ms % 1000 / 100
    )?;
    for note in &outcome.run.notes {
        writeln!(text, "note: {note}")?;
    }
    writeln!(text, "report: {}", written.index.display())
}

/// What the run says of the server, in one sentence.
pub(super) fn headline(outcome: &RunOutcome) -> String {
    let url = &outcome.run.target.url;
    let count = |verdict| outcome.summary.tests.get(&verdict).copied().unwrap_or(0);
    let partial = if outcome.run.interrupted {
        " The run was interrupted."
    } else if outcome.run.partial {
        " Only part of the suite was run."
    } else {
        ""
    };
    let verdict = if count(Verdict::Fail) > 0 {
        format!(
            "{url} does not conform: {} of {} tests failed.",
            count(Verdict::Fail),
            ran(outcome)
        )
    } else if count(Verdict::Error) > 0 {
        format!(
            "{url}: could not tell; {} tests ended without a result.",
            count(Verdict::Error)
        )
    } else if outcome.summary.shall_exercised == 0 {
        format!("{url}: could not tell; no requirement could be tested.")
    } else {
        format!("{url}: no non-conformity found.")
    };
    verdict + partial
}

fn ran(outcome: &RunOutcome) -> u64 {
    let tests = outcome.summary.tests.iter();
    tests
        .filter(|(verdict, _)| **verdict != Verdict::Skip)
        .map(|(_, count)| count)
        .sum()
}

fn write_tests(text: &mut String, outcome: &RunOutcome, verdict: Verdict) -> std::fmt::Result {
    let tests: Vec<&TestOutcome> = outcome
        .cases
        .iter()
        .flat_map(|case| &case.tests)
        .filter(|test| test.verdict == verdict)
        .collect();
    for test in tests.iter().take(SHOWN) {
        writeln!(
            text,
            "{} {}\n    {}",
            word(verdict).to_uppercase(),
            test.id,
            test.title
        )?;
        let missed = test
            .steps
            .iter()
            .flat_map(|step| &step.expectations)
            .find(|found| found.verdict == verdict);
        if let Some(missed) = missed {
            write_expectation(text, missed)?;
        }
        writeln!(text)?;
    }
    if tests.len() > SHOWN {
        writeln!(
            text,
            "... and {} more with verdict {}\n",
            tests.len() - SHOWN,
            word(verdict)
        )?;
    }
    Ok(())
}

fn write_expectation(text: &mut String, missed: &ExpectationOutcome) -> std::fmt::Result {
    writeln!(
        text,
        "    expected {}\n    actual   {}",
        missed.expected, missed.actual
    )?;
    if let Some(issue) = missed.issues.first() {
        writeln!(
            text,
            "             {}: {}",
            issue.location.expression, issue.message
        )?;
    }
    if let Some(fix) = missed
        .fix
        .as_ref()
        .or(missed.issues.first().and_then(|issue| issue.fix.as_ref()))
    {
        writeln!(text, "    to do    {fix}")?;
    }
    Ok(())
}

/// The word for a verdict.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Skip => "skip",
        Verdict::Pass => "pass",
        Verdict::Warning => "warning",
        Verdict::Fail => "fail",
        Verdict::Error => "error",
    }
}

/// The words for a reason to skip.
pub(super) fn skip_word(kind: SkipKind) -> &'static str {
    match kind {
        SkipKind::NotApplicable => "not applicable",
        SkipKind::NoData => "no data",
        SkipKind::Blocked => "blocked",
        SkipKind::Deselected => "deselected",
    }
}
