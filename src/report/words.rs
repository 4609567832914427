//! The words that reports share: for verdicts, reasons and the run as a whole.

use crate::outcome::{RunOutcome, SkipKind, TestOutcome, Verdict};

/// All verdicts, those that need attention first.
pub(super) const VERDICTS: [Verdict; 5] = [
    Verdict::Fail,
    Verdict::Error,
    Verdict::Warning,
    Verdict::Pass,
    Verdict::Skip,
];

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

/// What a run says of the server: a run that exercised nothing is no pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conclusion {
    DoesNotConform,
    CouldNotTell,
    NothingFound,
}

impl Conclusion {
    pub(super) fn of(outcome: &RunOutcome) -> Self {
        if count(outcome, Verdict::Fail) > 0 {
            Self::DoesNotConform
        } else if count(outcome, Verdict::Error) > 0
            || outcome.summary.shall_exercised == 0
            || outcome.run.interrupted
        {
            Self::CouldNotTell
        } else {
            Self::NothingFound
        }
    }

    /// The conclusion as a verdict's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::DoesNotConform => "fail",
            Self::CouldNotTell => "error",
            Self::NothingFound => "pass",
        }
    }
}

/// How many tests had this verdict.
pub(super) fn count(outcome: &RunOutcome, verdict: Verdict) -> u64 {
    outcome.summary.tests.get(&verdict).copied().unwrap_or(0)
}

/// How many tests were not skipped.
pub(super) fn ran(outcome: &RunOutcome) -> u64 {
    let tests = outcome.summary.tests.iter();
    tests
        .filter(|(verdict, _)| **verdict != Verdict::Skip)
        .map(|(_, count)| count)
        .sum()
}

/// What the run says of the server, in one sentence without the server's name.
pub(super) fn finding(outcome: &RunOutcome) -> String {
    let (failed, errors) = (
        count(outcome, Verdict::Fail),
        count(outcome, Verdict::Error),
    );
    match Conclusion::of(outcome) {
        Conclusion::DoesNotConform => {
            format!("{failed} of {} failed.", number(ran(outcome), "test"))
        }
        Conclusion::CouldNotTell if errors > 0 => {
            format!("{} ended without a result.", number(errors, "test"))
        }
        Conclusion::CouldNotTell if outcome.summary.shall_exercised == 0 => {
            "No requirement could be tested.".to_owned()
        }
        Conclusion::CouldNotTell => {
            format!(
                "{} ran before the run was interrupted, none of them failed.",
                number(ran(outcome), "test")
            )
        }
        Conclusion::NothingFound => match count(outcome, Verdict::Warning) {
            0 => format!("All {} passed.", number(ran(outcome), "test")),
            missed => format!(
                "None of {} failed; {missed} missed a recommendation.",
                number(ran(outcome), "test")
            ),
        },
    }
}

/// What narrows the run down, where something does.
pub(super) fn limits(outcome: &RunOutcome) -> Option<String> {
    let run = &outcome.run;
    if run.interrupted {
        Some(
            "The run was interrupted; the rest of the suite says nothing about the server."
                .to_owned(),
        )
    } else if !run.filters.is_empty() {
        Some(format!(
            "Only part of the suite was run (filter: {}); the rest says nothing about the server.",
            run.filters.join(", ")
        ))
    } else if run.partial {
        Some("Only part of the suite was run.".to_owned())
    } else {
        None
    }
}

/// A number with its noun, which forms its plural with an s.
pub(super) fn number(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Seconds with one decimal.
pub(super) fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

/// A sentence's beginning: the first letter large.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|letter| letter.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The tests of all cases.
pub(super) fn tests(outcome: &RunOutcome) -> impl Iterator<Item = &TestOutcome> + Clone {
    outcome.cases.iter().flat_map(|case| &case.tests)
}

/// The name that a unit value has in the record, such as `resource-access-provider`.
pub(super) fn name_of(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
