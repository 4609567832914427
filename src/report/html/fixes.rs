//! What to fix first.

use serde::Serialize;

use super::link::{self, Links};
use crate::outcome::{RunOutcome, Verdict};
use crate::report::cause::{self, Cause};
use crate::report::words::{capital, word};

/// Entries that are open from the start.
const OPEN: usize = 3;
/// Findings whose words differ, problems with single elements, and requirements, at most.
const EXAMPLES: usize = 1;
const PROBLEMS: usize = 6;
const REQUIREMENTS: usize = 3;

/// Things to mend.
#[derive(Debug, Serialize)]
pub(super) struct Fixes {
    failures: Vec<Fix>,
    errors: Vec<Fix>,
    warnings: Vec<Fix>,
    /// What must be mended.
    demanded: usize,
}

/// One thing to mend.
#[derive(Debug, Serialize)]
struct Fix {
    open: bool,
    verdict: &'static str,
    title: String,
    why: Option<String>,
    tests: usize,
    types: Vec<String>,
    fix: String,
    examples: Vec<Example>,
    problems: Vec<Problem>,
    more_problems: usize,
    requirements: Vec<Requirement>,
    more_requirements: usize,
    links: Links,
}

#[derive(Debug, Serialize)]
struct Example {
    request: String,
    expected: String,
    actual: String,
}

#[derive(Debug, Serialize)]
struct Problem {
    element: String,
    message: String,
    fix: Option<String>,
    count: usize,
}

#[derive(Debug, Serialize)]
struct Requirement {
    anchor: String,
    id: String,
}

pub(super) fn of(outcome: &RunOutcome) -> Fixes {
    let with = |verdict| -> Vec<Fix> {
        cause::of(outcome, verdict)
            .iter()
            .enumerate()
            .map(|(at, cause)| Fix {
                open: at < OPEN && verdict != Verdict::Warning,
                ..fix(cause, outcome, verdict)
            })
            .collect()
    };
    let (failures, errors) = (with(Verdict::Fail), with(Verdict::Error));
    Fixes {
        demanded: failures.len() + errors.len(),
        failures,
        errors,
        warnings: with(Verdict::Warning),
    }
}

fn fix(cause: &Cause<'_>, outcome: &RunOutcome, verdict: Verdict) -> Fix {
    let problems = cause.problems();
    let requirements = cause.requirements();
    let todo = cause.fix(&outcome.requirements);
    // Told once, where it is the same for all.
    let own = |fix: &Option<String>| {
        let fix = fix.as_deref().map(capital);
        fix.filter(|fix| fix.trim_end_matches('.') != todo)
    };
    let mut links = Links::default();
    for finding in &cause.findings {
        let mut link = link::to(finding.test);
        link.name = link::row(finding.test, cause.case).to_owned();
        links.push(link);
    }
    Fix {
        open: false,
        verdict: word(verdict),
        title: cause.title(),
        why: cause.case.why.clone(),
        tests: cause.findings.len(),
        types: cause.types().into_iter().map(str::to_owned).collect(),
        examples: cause
            .examples(EXAMPLES)
            .into_iter()
            .map(|finding| Example {
                request: finding.step.title.clone(),
                expected: finding.missed.expected.clone(),
                actual: finding.missed.actual.clone(),
            })
            .collect(),
        more_problems: problems.len().saturating_sub(PROBLEMS),
        problems: problems
            .into_iter()
            .take(PROBLEMS)
            .map(|problem| Problem {
                element: problem.element,
                message: problem.first.message.clone(),
                fix: own(&problem.first.fix),
                count: problem.count,
            })
            .collect(),
        more_requirements: requirements.len().saturating_sub(REQUIREMENTS),
        requirements: requirements
            .into_iter()
            .take(REQUIREMENTS)
            .map(|id| Requirement {
                anchor: link::of_requirement(id),
                id: id.to_owned(),
            })
            .collect(),
        links,
        fix: todo,
    }
}
