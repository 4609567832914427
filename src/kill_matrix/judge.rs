//! One run against one fault: did the cases that are meant for it notice it, and they alone?

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use crate::fhir::Issue;
use crate::outcome::{CaseOutcome, RunOutcome, Verdict};
use crate::provider::{ExpectedIssue, Fault};
use crate::suite::Conformance;

/// What became of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultVerdict {
    /// Every case meant for it noticed it, and nothing broke that the fault does not declare.
    Caught,
    /// A case that is meant for it did not notice it.
    Survived,
    /// A case found something wrong that this fault does not declare to break.
    Undeclared,
}

/// A case that noticed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caught {
    pub case: String,
    /// The worse of `warning` and `fail`; `pass` or `skip` where nothing was noticed.
    pub verdict: Verdict,
}

/// The issue by which broken content is to be reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssueCheck {
    /// FHIRPath of the element, from the resource's type, without indexes.
    pub expression: &'static str,
    /// Kind of the rule, or key of the constraint.
    pub rule: &'static str,
    /// Whether the report has it.
    pub reported: bool,
}

/// A fault and what the suite made of it.
#[derive(Debug, Clone, Serialize)]
pub struct FaultOutcome {
    pub name: &'static str,
    /// The mistake, in one sentence.
    pub description: &'static str,
    pub verdict: FaultVerdict,
    /// The cases meant for this fault.
    pub caught_by: Vec<Caught>,
    /// Other cases that broke, as declared.
    pub also: Vec<Caught>,
    /// Other cases that broke, undeclared.
    pub undeclared: Vec<Caught>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<IssueCheck>,
    /// Of the run, in milliseconds of wall clock; others run beside it.
    pub duration_ms: u64,
}

/// Judges the run made against an instance with this fault alone.
pub(super) fn judge(fault: &Fault, run: &RunOutcome, took: Duration) -> FaultOutcome {
    let lenient = Lenient::of(run);
    let caught_by: Vec<Caught> = fault.caught_by().iter().map(|id| meant(run, id)).collect();
    let (also, undeclared): (Vec<_>, Vec<_>) = run
        .cases
        .iter()
        .filter(|case| !fault.caught_by().contains(&case.id.as_str()))
        .filter_map(|case| noticed(case).map(|verdict| (case, verdict)))
        .partition(|(case, _)| fault.may_break(&case.id, &case.group));
    let issue = fault.expected_issue().map(|expected| IssueCheck {
        expression: expected.expression,
        rule: expected.rule,
        reported: reports(run, expected),
    });
    let seen = caught_by.iter().all(|caught| lenient.is_catch(caught))
        && issue.as_ref().is_none_or(|issue| issue.reported);
    FaultOutcome {
        name: fault.name(),
        description: fault.description(),
        verdict: match (seen, undeclared.is_empty()) {
            (false, _) => FaultVerdict::Survived,
            (true, false) => FaultVerdict::Undeclared,
            (true, true) => FaultVerdict::Caught,
        },
        caught_by,
        also: also.into_iter().map(caught).collect(),
        undeclared: undeclared.into_iter().map(caught).collect(),
        issue,
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}

fn meant(run: &RunOutcome, id: &str) -> Caught {
    let case = run.cases.iter().find(|case| case.id == id);
    Caught {
        case: id.to_owned(),
        verdict: case
            .and_then(noticed)
            .or_else(|| case.map(|case| case.verdict.min(Verdict::Pass)))
            .unwrap_or_default(),
    }
}

fn caught((case, verdict): (&CaseOutcome, Verdict)) -> Caught {
    Caught {
        case: case.id.clone(),
        verdict,
    }
}

/// `warning` or `fail` where a test of the case says that the server is wrong. An `error` is no
/// catch: it says that we could not tell.
pub(super) fn noticed(case: &CaseOutcome) -> Option<Verdict> {
    case.tests
        .iter()
        .flat_map(|test| &test.steps)
        .flat_map(|step| &step.expectations)
        .map(|expectation| expectation.verdict)
        .filter(|verdict| matches!(verdict, Verdict::Warning | Verdict::Fail))
        .max()
}

/// The cases for which a warning is a catch, since they verify something recommended.
struct Lenient<'r>(BTreeSet<&'r str>);

impl<'r> Lenient<'r> {
    fn of(run: &'r RunOutcome) -> Self {
        let recommended: BTreeSet<&str> = run
            .requirements
            .iter()
            .filter(|requirement| requirement.conformance != Conformance::Shall)
            .map(|requirement| requirement.id.as_str())
            .collect();
        let verifies = |case: &&CaseOutcome| {
            case.tests.iter().any(|test| {
                let of_steps = test.steps.iter().flat_map(|step| &step.expectations);
                test.verifies
                    .iter()
                    .chain(of_steps.flat_map(|expectation| &expectation.verifies))
                    .any(|id| recommended.contains(id.as_str()))
            })
        };
        let cases = run.cases.iter().filter(verifies);
        Self(cases.map(|case| case.id.as_str()).collect())
    }

    fn is_catch(&self, caught: &Caught) -> bool {
        match caught.verdict {
            Verdict::Fail => true,
            Verdict::Warning => self.0.contains(caught.case.as_str()),
            _ => false,
        }
    }
}

/// Whether the run has an issue of this kind at this place.
fn reports(run: &RunOutcome, expected: &ExpectedIssue) -> bool {
    let tests = run.cases.iter().flat_map(|case| &case.tests);
    tests
        .flat_map(|test| &test.steps)
        .flat_map(|step| &step.expectations)
        .flat_map(|expectation| &expectation.issues)
        .any(|issue| is_at(issue, expected))
}

fn is_at(issue: &Issue, expected: &ExpectedIssue) -> bool {
    issue.rule == expected.rule
        && without_indexes(&issue.location.expression) == expected.expression
}

/// `Patient.name[0].given[1]` → `Patient.name.given`.
fn without_indexes(expression: &str) -> String {
    let mut plain = String::with_capacity(expression.len());
    for part in expression.split('[') {
        match part.split_once(']') {
            Some((index, rest)) if index.bytes().all(|byte| byte.is_ascii_digit()) => {
                plain.push_str(rest);
            }
            _ => plain.push_str(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_left_out_of_expressions() {
        let plain = without_indexes("Patient.name[0].given[11]");
        assert_eq!(plain, "Patient.name.given");
        assert_eq!(without_indexes("Patient"), "Patient");
    }
}
