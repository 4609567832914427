//! Every case with its tests.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::link;
use crate::fhir::{Issue, Severity};
use crate::outcome::{
    CaseOutcome, ExpectationOutcome, RequirementRef, RunOutcome, StepOutcome, TestOutcome, Verdict,
};
use crate::report::cause::common_title;
use crate::report::words::{capital, name_of, number, skip_word, tests, word};

/// Issues that the page shows, of all expectations together and of one: it has to open at once.
const ALL_ISSUES: usize = 2_000;
const ISSUES: std::ops::RangeInclusive<usize> = 3..=20;

#[derive(Debug, Serialize)]
pub(super) struct Group {
    name: String,
    tally: String,
    cases: Vec<CaseView>,
}

#[derive(Debug, Serialize)]
struct CaseView {
    id: String,
    anchor: String,
    title: String,
    why: Option<String>,
    verdict: &'static str,
    tally: String,
    open: bool,
    tests: Vec<TestView>,
}

#[derive(Debug, Serialize)]
struct TestView {
    id: String,
    anchor: String,
    /// What tells the test from the others of its case.
    name: String,
    /// True where the name does not tell the id.
    has_row: bool,
    /// Present where the name does not say it all.
    title: Option<String>,
    verdict: &'static str,
    duration: u64,
    open: bool,
    skip: Option<String>,
    requirements: Vec<RequirementView>,
    steps: Vec<StepView>,
}

#[derive(Debug, Serialize)]
struct RequirementView {
    id: String,
    anchor: String,
    conformance: &'static str,
    statement: String,
    source: String,
}

#[derive(Debug, Serialize)]
struct StepView {
    title: String,
    exchanges: Vec<ExchangeLink>,
    expectations: Vec<ExpectationView>,
}

#[derive(Debug, Serialize)]
struct ExchangeLink {
    anchor: String,
    id: String,
}

#[derive(Debug, Serialize)]
struct ExpectationView {
    kind: String,
    verdict: &'static str,
    missed: bool,
    expected: String,
    actual: String,
    skip: Option<String>,
    fix: Option<String>,
    issues: Vec<IssueView>,
    notes: Vec<IssueView>,
    more_issues: usize,
    more_notes: usize,
}

#[derive(Debug, Serialize)]
struct IssueView {
    severity: String,
    message: String,
    fix: Option<String>,
    expression: String,
    pointer: String,
    position: Option<String>,
    profile: Option<String>,
    profile_href: Option<String>,
    rule: String,
}

/// What a view of a test needs beside the test.
struct Context<'o> {
    requirements: HashMap<&'o str, &'o RequirementRef>,
    /// Issues of one expectation at most.
    issues: usize,
}

impl<'o> Context<'o> {
    fn of(outcome: &'o RunOutcome) -> Self {
        let with_issues = tests(outcome)
            .flat_map(|test| &test.steps)
            .flat_map(|step| &step.expectations)
            .filter(|found| !found.issues.is_empty())
            .count();
        Self {
            requirements: outcome
                .requirements
                .iter()
                .map(|requirement| (requirement.id.as_str(), requirement))
                .collect(),
            issues: (ALL_ISSUES / with_issues.max(1)).clamp(*ISSUES.start(), *ISSUES.end()),
        }
    }
}

/// The cases by group, in the order of the alphabet.
pub(super) fn of(outcome: &RunOutcome) -> Vec<Group> {
    let context = Context::of(outcome);
    let mut groups: BTreeMap<&str, Vec<&CaseOutcome>> = BTreeMap::new();
    for case in &outcome.cases {
        groups.entry(&case.group).or_default().push(case);
    }
    groups
        .into_iter()
        .map(|(name, cases)| Group {
            name: capital(name),
            tally: format!(
                "{}, {}",
                number(cases.len() as u64, "case"),
                number(
                    cases.iter().map(|case| case.tests.len() as u64).sum(),
                    "test"
                )
            ),
            cases: cases
                .into_iter()
                .map(|case| case_view(case, &context))
                .collect(),
        })
        .collect()
}

fn case_view(case: &CaseOutcome, context: &Context<'_>) -> CaseView {
    let titles: Vec<&str> = case.tests.iter().map(|test| test.title.as_str()).collect();
    let title = common_title(&case.title, &titles);
    // One test that shows how it failed is enough to begin with.
    let first_missed = case
        .tests
        .iter()
        .position(|test| test.verdict >= Verdict::Fail);
    CaseView {
        id: case.id.clone(),
        anchor: link::of_case(&case.id),
        why: case.why.clone(),
        verdict: word(case.verdict),
        tally: tally(case),
        open: first_missed.is_some(),
        tests: case
            .tests
            .iter()
            .enumerate()
            .map(|(at, test)| TestView {
                open: Some(at) == first_missed,
                ..test_view(test, case, &title, context)
            })
            .collect(),
        title,
    }
}

/// How many tests had the case's verdict.
fn tally(case: &CaseOutcome) -> String {
    let worst = case
        .tests
        .iter()
        .filter(|test| test.verdict == case.verdict)
        .count();
    let all = case.tests.len();
    if worst == all {
        number(all as u64, "test")
    } else {
        format!("{worst} of {all} tests")
    }
}

fn test_view(
    test: &TestOutcome,
    case: &CaseOutcome,
    case_title: &str,
    context: &Context<'_>,
) -> TestView {
    let name = link::row(test, case);
    TestView {
        id: test.id.clone(),
        anchor: link::of_test(&test.id),
        title: says_more(&test.title, name, case_title).then(|| test.title.clone()),
        has_row: name != test.id,
        name: name.to_owned(),
        verdict: word(test.verdict),
        duration: test.duration_ms,
        open: false,
        skip: test
            .skip
            .as_ref()
            .map(|skip| format!("{}: {}", skip_word(skip.kind), skip.reason)),
        requirements: requirements(test, context),
        steps: test
            .steps
            .iter()
            .map(|step| step_view(step, context.issues))
            .collect(),
    }
}

/// Whether a test's title says more than its name and the title of its case.
fn says_more(title: &str, name: &str, case_title: &str) -> bool {
    let rest = title
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(title);
    capital(rest) != case_title && title != case_title
}

/// The requirements of a test and then those of its expectations, each once.
fn requirements(test: &TestOutcome, context: &Context<'_>) -> Vec<RequirementView> {
    let mut ids: Vec<&String> = Vec::new();
    let expectations = test.steps.iter().flat_map(|step| &step.expectations);
    let all = test
        .verifies
        .iter()
        .chain(expectations.flat_map(|found| &found.verifies));
    for id in all {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.into_iter()
        .filter_map(|id| context.requirements.get(id.as_str()))
        .map(|requirement| RequirementView {
            id: requirement.id.clone(),
            anchor: link::of_requirement(&requirement.id),
            conformance: requirement.conformance.word(),
            statement: requirement.statement.clone(),
            source: requirement.source.clone(),
        })
        .collect()
}

fn step_view(step: &StepOutcome, most: usize) -> StepView {
    StepView {
        title: step.title.clone(),
        exchanges: step
            .exchanges
            .iter()
            .map(|id| ExchangeLink {
                anchor: link::of_exchange(&id.0),
                id: id.0.clone(),
            })
            .collect(),
        expectations: step
            .expectations
            .iter()
            .map(|found| expectation_view(found, most))
            .collect(),
    }
}

fn expectation_view(found: &ExpectationOutcome, most: usize) -> ExpectationView {
    let (notes, mut issues): (Vec<&Issue>, Vec<&Issue>) = found
        .issues
        .iter()
        .partition(|issue| issue.severity == Severity::Information);
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.severity));
    ExpectationView {
        kind: found.kind.clone(),
        verdict: word(found.verdict),
        missed: found.verdict >= Verdict::Warning,
        expected: found.expected.clone(),
        actual: found.actual.clone(),
        skip: found.skip.as_ref().map(|skip| skip.reason.clone()),
        fix: found.fix.as_deref().map(capital),
        more_issues: issues.len().saturating_sub(most),
        more_notes: notes.len().saturating_sub(most),
        issues: issues.into_iter().take(most).map(issue_view).collect(),
        notes: notes.into_iter().take(most).map(issue_view).collect(),
    }
}

fn issue_view(issue: &Issue) -> IssueView {
    let place = &issue.location;
    IssueView {
        severity: name_of(issue.severity),
        message: issue.message.clone(),
        fix: issue.fix.as_deref().map(capital),
        expression: place.expression.clone(),
        pointer: place.pointer.clone(),
        position: place.line.map(|line| {
            place.column.map_or_else(
                || format!("line {line}"),
                |column| format!("line {line}:{column}"),
            )
        }),
        profile_href: issue.profile.as_deref().and_then(link::web),
        profile: issue.profile.clone(),
        rule: issue.rule.clone(),
    }
}
