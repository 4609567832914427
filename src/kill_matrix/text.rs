//! The matrix for a terminal.

use std::fmt::Write;

use super::judge::{Caught, FaultOutcome, FaultVerdict};
use super::matrix::KillMatrix;
use super::mutation::OperatorTally;

/// One line a fault, then what is wrong, then the counts.
#[must_use]
pub fn render(matrix: &KillMatrix) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write(matrix, &mut out);
    out
}

fn write(matrix: &KillMatrix, out: &mut String) -> std::fmt::Result {
    for fault in &matrix.faults {
        writeln!(
            out,
            "{:<10} {}  {}",
            word(fault.verdict),
            fault.name,
            list(&fault.caught_by)
        )?;
        problems(fault, out)?;
    }
    for case in matrix.cases.iter().filter(|case| case.faults.is_empty()) {
        writeln!(out, "no fault   for {}", case.id)?;
    }
    for run in &matrix.sound {
        for alarm in &run.alarms {
            writeln!(out, "alarm      {alarm}, {} jobs, sound provider", run.jobs)?;
        }
    }
    for operator in &matrix.mutations {
        mutations(operator, out)?;
    }
    counts(matrix, out)
}

fn problems(fault: &FaultOutcome, out: &mut String) -> std::fmt::Result {
    if !fault.undeclared.is_empty() {
        writeln!(out, "           also breaks {}", list(&fault.undeclared))?;
    }
    match &fault.issue {
        Some(issue) if !issue.reported => {
            writeln!(
                out,
                "           no issue {} at {}",
                issue.rule, issue.expression
            )
        }
        _ => Ok(()),
    }
}

fn mutations(operator: &OperatorTally, out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "{:<17} {:>4} of {:>4} noticed, {} inconclusive, {} sites",
        operator.name, operator.noticed, operator.tried, operator.inconclusive, operator.sites
    )?;
    for survivors in &operator.survivors {
        writeln!(out, "    {} × {}", survivors.number, survivors.place)?;
    }
    Ok(())
}

fn counts(matrix: &KillMatrix, out: &mut String) -> std::fmt::Result {
    let counts = &matrix.summary;
    writeln!(
        out,
        "\n{}: {} of {} faults caught, {} of {} cases with a fault, {} false alarms in {} sound runs, \
         {} of {} unaimed changes noticed; {:.1} s, {} ms of one core a fault",
        if counts.complete {
            "complete"
        } else {
            "incomplete"
        },
        counts.caught,
        counts.faults,
        counts.cases_with_fault,
        counts.cases,
        counts.false_alarms,
        counts.sound_runs,
        counts.mutants_noticed,
        counts.mutants,
        std::time::Duration::from_millis(counts.duration_ms).as_secs_f64(),
        counts.core_ms_per_fault,
    )
}

fn word(verdict: FaultVerdict) -> &'static str {
    match verdict {
        FaultVerdict::Caught => "caught",
        FaultVerdict::Survived => "SURVIVED",
        FaultVerdict::Undeclared => "UNDECLARED",
    }
}

fn list(cases: &[Caught]) -> String {
    let one = |caught: &Caught| {
        let verdict = format!("{:?}", caught.verdict).to_lowercase();
        format!("{} ({verdict})", caught.case)
    };
    cases.iter().map(one).collect::<Vec<_>>().join(", ")
}
