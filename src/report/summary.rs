//! The summary that a run prints.

use std::fmt::Write;

use super::Written;
use super::cause::{self, Cause};
use super::words::{
    Conclusion, VERDICTS, count, finding, limits, number, seconds, skip_word, word,
};
use crate::outcome::{RunOutcome, Verdict};

/// Causes that are printed at most, of each verdict.
const SHOWN: usize = 8;
/// Ids of tests that are printed for a cause.
const IDS: usize = 3;

/// What to look at first, verdict and counts, and where the report is.
pub fn summary_text(outcome: &RunOutcome, written: &Written) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(&mut text, outcome, written);
    printable(&text)
}

fn write_summary(text: &mut String, outcome: &RunOutcome, written: &Written) -> std::fmt::Result {
    for verdict in [Verdict::Fail, Verdict::Error, Verdict::Warning] {
        write_causes(text, outcome, verdict)?;
    }
    let summary = &outcome.summary;
    writeln!(text, "{}", headline(outcome))?;
    writeln!(text, "{}", counts(outcome))?;
    writeln!(
        text,
        "{} of {} requirements exercised, {} of them SHALL; {}, {} validated, {}",
        summary.requirements_exercised,
        summary.requirements_linked,
        summary.shall_exercised,
        number(summary.requests, "request"),
        number(summary.resources_validated, "resource"),
        seconds(outcome.run.duration_ms)
    )?;
    for note in &outcome.run.notes {
        writeln!(text, "note: {note}")?;
    }
    writeln!(text, "report: {}", written.index.display())
}

fn headline(outcome: &RunOutcome) -> String {
    let verdict = match Conclusion::of(outcome) {
        Conclusion::DoesNotConform => "does not conform",
        Conclusion::CouldNotTell => "could not tell",
        Conclusion::NothingFound => "no non-conformity found",
    };
    let limits = limits(outcome).map_or_else(String::new, |limits| format!(" {limits}"));
    format!(
        "{}: {verdict}. {}{limits}",
        outcome.run.target.url,
        finding(outcome)
    )
}

fn counts(outcome: &RunOutcome) -> String {
    let counts: Vec<String> = VERDICTS
        .into_iter()
        .filter(|verdict| count(outcome, *verdict) > 0)
        .map(|verdict| format!("{} {}", count(outcome, verdict), word(verdict)))
        .collect();
    let skips: Vec<String> = outcome
        .summary
        .skips
        .iter()
        .map(|(kind, count)| format!("{count} {}", skip_word(*kind)))
        .collect();
    if skips.is_empty() {
        counts.join(", ")
    } else {
        format!("{} ({})", counts.join(", "), skips.join(", "))
    }
}

fn write_causes(text: &mut String, outcome: &RunOutcome, verdict: Verdict) -> std::fmt::Result {
    let causes = cause::of(outcome, verdict);
    for cause in causes.iter().take(SHOWN) {
        write_cause(text, cause, outcome, verdict)?;
    }
    let more = causes.get(SHOWN..).unwrap_or_default();
    if !more.is_empty() {
        let tests = more.iter().map(|cause| cause.findings.len()).sum::<usize>();
        writeln!(
            text,
            "... and {} more with verdict {}, in the report\n",
            number(tests as u64, "test"),
            word(verdict)
        )?;
    }
    Ok(())
}

fn write_cause(
    text: &mut String,
    cause: &Cause<'_>,
    outcome: &RunOutcome,
    verdict: Verdict,
) -> std::fmt::Result {
    let Some(first) = cause.findings.first() else {
        return Ok(());
    };
    writeln!(text, "{} {}", word(verdict).to_uppercase(), cause.title())?;
    let ids: Vec<&str> = cause
        .findings
        .iter()
        .take(IDS)
        .map(|finding| finding.test.id.as_str())
        .collect();
    let more = match cause.findings.len().saturating_sub(IDS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    writeln!(text, "    tests    {}{more}", ids.join(", "))?;
    writeln!(text, "    expected {}", first.missed.expected)?;
    writeln!(text, "    found    {}", first.missed.actual)?;
    for problem in cause.problems().iter().take(IDS) {
        writeln!(
            text,
            "             {}: {}",
            problem.element, problem.first.message
        )?;
    }
    writeln!(text, "    to do    {}\n", cause.fix(&outcome.requirements))
}

/// A target's words must not steer the terminal: control characters become visible.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' => c,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}
