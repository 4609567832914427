//! The matrix as a page, in the dress of the reports.

use std::time::Duration;

use serde::Serialize;

use super::judge::{Caught, FaultOutcome, FaultVerdict};
use super::matrix::{CaseCoverage, KillMatrix, Summary};
use super::mutation::OperatorTally;
use super::sound::SoundRun;
use crate::report::dress;

const TEMPLATE: (&str, &str) = ("page", include_str!("templates/page.hbs"));

/// Why there is no page: the template does not fit what it is given, which a test rules out.
#[derive(Debug, thiserror::Error)]
#[error("cannot render the kill matrix: {0}")]
pub struct PageError(String);

#[derive(Serialize)]
struct Page<'m> {
    headline: &'static str,
    verdict: &'static str,
    finding: String,
    facts: Vec<Fact>,
    faults: Vec<Row<'m>>,
    cases: &'m [CaseCoverage],
    sound: &'m [SoundRun],
    mutations: &'m [OperatorTally],
    mutants: usize,
    tool: &'m str,
    suite: &'m str,
    style: &'static str,
    style_hash: String,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Row<'m> {
    name: &'static str,
    description: &'static str,
    word: &'static str,
    /// The verdict whose colour it has.
    mark: &'static str,
    caught_by: &'m [Caught],
    undeclared: &'m [Caught],
    also: &'m [Caught],
    issue: Option<IssueWords>,
}

#[derive(Serialize)]
struct IssueWords {
    words: String,
}

/// Renders a self-contained page.
///
/// # Errors
/// When the template does not fit what it is given, which a test rules out.
pub fn render(matrix: &KillMatrix) -> Result<String, PageError> {
    let engine = dress::engine(&[TEMPLATE]).map_err(PageError)?;
    engine
        .render(TEMPLATE.0, &page(matrix))
        .map_err(|error| PageError(error.to_string()))
}

fn page(matrix: &KillMatrix) -> Page<'_> {
    let counts = &matrix.summary;
    Page {
        headline: if counts.complete {
            "Every fault is caught"
        } else {
            "Not every fault is caught"
        },
        verdict: if counts.complete { "pass" } else { "fail" },
        finding: format!(
            "{} of {} faults are caught by the cases meant for them; {} of {} cases have caught one.",
            counts.caught, counts.faults, counts.cases_with_fault, counts.cases
        ),
        facts: facts(counts),
        faults: matrix.faults.iter().map(row).collect(),
        cases: &matrix.cases,
        sound: &matrix.sound,
        mutations: &matrix.mutations,
        mutants: counts.mutants,
        tool: &matrix.tool,
        suite: matrix.suite_sha256.get(..12).unwrap_or_default(),
        style: dress::STYLE,
        style_hash: dress::hash(dress::STYLE),
    }
}

fn facts(counts: &Summary) -> Vec<Fact> {
    let seconds =
        |milliseconds| format!("{:.1} s", Duration::from_millis(milliseconds).as_secs_f64());
    let fact = |name, value| Fact { name, value };
    let mut facts = vec![
        fact(
            "Faults caught",
            format!("{} of {}", counts.caught, counts.faults),
        ),
        fact(
            "Cases with a fault",
            format!("{} of {}", counts.cases_with_fault, counts.cases),
        ),
        fact(
            "False alarms",
            format!("{} in {} runs", counts.false_alarms, counts.sound_runs),
        ),
        fact("Time", seconds(counts.duration_ms)),
        fact("One core, a fault", seconds(counts.core_ms_per_fault)),
    ];
    if counts.mutants > 0 {
        let share = format!("{} of {}", counts.mutants_noticed, counts.mutants);
        facts.insert(3, fact("Unaimed changes noticed", share));
    }
    facts
}

fn row(fault: &FaultOutcome) -> Row<'_> {
    let (word, mark) = match fault.verdict {
        FaultVerdict::Caught => ("caught", "pass"),
        FaultVerdict::Survived => ("survived", "fail"),
        FaultVerdict::Undeclared => ("undeclared", "warning"),
    };
    Row {
        name: fault.name,
        description: fault.description,
        word,
        mark,
        caught_by: &fault.caught_by,
        undeclared: &fault.undeclared,
        also: &fault.also,
        issue: fault.issue.as_ref().map(|issue| IssueWords {
            words: format!(
                "{} {} at {}",
                if issue.reported {
                    "reported:"
                } else {
                    "not reported:"
                },
                issue.rule,
                issue.expression
            ),
        }),
    }
}
