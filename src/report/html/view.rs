//! The record in the form that the templates want.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::words::{finding, skip_word, word};
use super::curl;
use super::fixes::{self, Fixes};
use super::matrix::{self, Matrix};
use crate::http::exchange::{Exchange, Header, RecordedBody};
use crate::outcome::{
    CaseOutcome, Evidence, ExpectationOutcome, RequirementRef, RunOutcome, StepOutcome,
    TestOutcome, Verdict,
};

#[derive(Debug, Serialize)]
pub(super) struct Page {
    title: String,
    verdict: &'static str,
    headline: String,
    meaning: &'static str,
    counts: Vec<Count>,
    facts: Vec<Fact>,
    notes: Vec<String>,
    diagnostics: Vec<String>,
    failures: Fixes,
    errors: Fixes,
    warnings: Fixes,
    matrix: Matrix,
    groups: Vec<Group>,
    skips: Vec<SkipView>,
    requirements: Vec<RequirementView>,
    exchanges: Vec<ExchangeView>,
}

#[derive(Debug, Serialize)]
struct Count {
    verdict: &'static str,
    number: u64,
}

#[derive(Debug, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

#[derive(Debug, Serialize)]
struct Group {
    name: String,
    cases: Vec<CaseView>,
}

#[derive(Debug, Serialize)]
struct CaseView {
    id: String,
    title: String,
    why: String,
    verdict: &'static str,
    tests: Vec<TestView>,
}

#[derive(Debug, Serialize)]
struct TestView {
    id: String,
    anchor: String,
    title: String,
    verdict: &'static str,
    /// Opened from the start.
    open: bool,
    skip: String,
    requirements: Vec<String>,
    steps: Vec<StepView>,
    text: String,
}

#[derive(Debug, Serialize)]
struct StepView {
    title: String,
    exchanges: Vec<String>,
    expectations: Vec<ExpectationView>,
}

#[derive(Debug, Serialize)]
struct ExpectationView {
    kind: String,
    verdict: &'static str,
    expected: String,
    actual: String,
    skip: String,
    fix: String,
    issues: Vec<IssueView>,
}

#[derive(Debug, Serialize)]
struct IssueView {
    severity: String,
    message: String,
    fix: String,
    place: String,
    profile: String,
    rule: String,
}

#[derive(Debug, Serialize)]
struct SkipView {
    kind: &'static str,
    reason: String,
    tests: Vec<Link>,
}

#[derive(Debug, Clone, Serialize)]
struct Link {
    anchor: String,
    name: String,
    verdict: &'static str,
}

#[derive(Debug, Serialize)]
struct RequirementView {
    id: String,
    statement: String,
    conformance: &'static str,
    source: String,
    verdict: &'static str,
    tests: Vec<Link>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct ExchangeView {
    id: String,
    title: String,
    status: String,
    duration: u64,
    curl: String,
    request_headers: Vec<Header>,
    request_body: Option<BodyView>,
    response_headers: Vec<Header>,
    response_body: Option<BodyView>,
    failure: String,
    tests: Vec<Link>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct BodyView {
    text: String,
    note: String,
}

/// Links from one place at most.
const LINKS: usize = 8;

/// The place of a test in the page.
pub(super) fn anchor(id: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/') {
            c
        } else {
            '_'
        }
    };
    format!("t-{}", id.chars().map(safe).collect::<String>())
}

/// Everything that the page shows.
pub(super) fn page(outcome: &RunOutcome) -> Page {
    let verdict = overall(outcome);
    Page {
        title: format!("{} – {}", finding(outcome), outcome.run.tool),
        verdict,
        headline: finding(outcome),
        meaning: meaning(verdict),
        counts: counts(outcome),
        facts: facts(outcome),
        notes: outcome.run.notes.clone(),
        diagnostics: outcome.diagnostics.clone(),
        failures: fixes::with(outcome, Verdict::Fail),
        errors: fixes::with(outcome, Verdict::Error),
        warnings: fixes::with(outcome, Verdict::Warning),
        matrix: matrix::of(outcome),
        groups: groups(outcome),
        skips: skips(outcome),
        requirements: requirements(outcome),
        exchanges: exchanges(outcome),
    }
}

/// The verdict on the server: a run that exercised nothing is no pass.
fn overall(outcome: &RunOutcome) -> &'static str {
    match outcome.summary.verdict {
        Verdict::Fail => "fail",
        Verdict::Error if outcome.summary.tests.contains_key(&Verdict::Fail) => "fail",
        Verdict::Error | Verdict::Skip => "error",
        _ if outcome.summary.shall_exercised == 0 => "error",
        Verdict::Pass | Verdict::Warning => "pass",
    }
}

fn meaning(verdict: &str) -> &'static str {
    match verdict {
        "fail" => "The server breaks rules that it must keep. Start with the first entry below.",
        "error" => {
            "The tests did not come to a result: this says nothing about the server yet. See below what stood in the way."
        }
        _ => {
            "Everything that was tested is as it must be. What was not tested is listed under skipped tests."
        }
    }
}

fn counts(outcome: &RunOutcome) -> Vec<Count> {
    [
        Verdict::Fail,
        Verdict::Error,
        Verdict::Warning,
        Verdict::Pass,
        Verdict::Skip,
    ]
    .into_iter()
    .map(|verdict| Count {
        verdict: word(verdict),
        number: outcome.summary.tests.get(&verdict).copied().unwrap_or(0),
    })
    .collect()
}

fn facts(outcome: &RunOutcome) -> Vec<Fact> {
    let run = &outcome.run;
    let summary = &outcome.summary;
    let evidence = match run.evidence {
        Evidence::Full => "full: bodies of all exchanges are kept",
        Evidence::Failures => "failures: bodies are kept for tests that did not pass",
        Evidence::None => "none: no bodies and no values are kept",
    };
    let filters = if run.filters.is_empty() {
        "none: the whole suite".to_owned()
    } else {
        run.filters.join(", ")
    };
    let software = match (&run.target.software, run.target.embedded) {
        (Some(software), true) => format!("{software} (the embedded reference provider)"),
        (Some(software), false) => software.clone(),
        (None, true) => "the embedded reference provider".to_owned(),
        (None, false) => "not declared".to_owned(),
    };
    let fact = |name, value| Fact { name, value };
    vec![
        fact("Server", run.target.url.clone()),
        fact("Software", software),
        fact(
            "Actor",
            serde_json::to_value(run.actor)
                .ok()
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default(),
        ),
        fact(
            "Time",
            format!(
                "{}, {}.{:01} s",
                run.started,
                run.duration_ms / 1000,
                run.duration_ms % 1000 / 100
            ),
        ),
        fact(
            "Requirements",
            format!(
                "{} of {} exercised, {} of them SHALL",
                summary.requirements_exercised,
                summary.requirements_linked,
                summary.shall_exercised
            ),
        ),
        fact(
            "Traffic",
            format!(
                "{} requests, {} resources validated",
                summary.requests, summary.resources_validated
            ),
        ),
        fact("Filters", filters),
        fact("Evidence", evidence.to_owned()),
        fact("Tool", run.tool.clone()),
        fact("Suite", format!("SHA-256 {}", run.suite_sha256)),
        fact("Definitions", run.definitions.join(", ")),
    ]
}

fn groups(outcome: &RunOutcome) -> Vec<Group> {
    let mut groups: BTreeMap<&str, Vec<CaseView>> = BTreeMap::new();
    for case in &outcome.cases {
        groups.entry(&case.group).or_default().push(case_view(case));
    }
    groups
        .into_iter()
        .map(|(name, cases)| Group {
            name: name.to_owned(),
            cases,
        })
        .collect()
}

fn case_view(case: &CaseOutcome) -> CaseView {
    let title = match case.tests.as_slice() {
        [only] => only.title.clone(),
        several => several
            .first()
            .map_or_else(|| case.title.clone(), |first| fixes::generic(case, first)),
    };
    CaseView {
        id: case.id.clone(),
        title,
        why: case.why.clone().unwrap_or_default(),
        verdict: word(case.verdict),
        tests: case.tests.iter().map(test_view).collect(),
    }
}

fn test_view(test: &TestOutcome) -> TestView {
    let mut requirements = test.verifies.clone();
    for id in test
        .steps
        .iter()
        .flat_map(|step| &step.expectations)
        .flat_map(|found| &found.verifies)
    {
        if !requirements.contains(id) {
            requirements.push(id.clone());
        }
    }
    TestView {
        text: format!("{} {} {}", test.id, test.title, requirements.join(" ")).to_lowercase(),
        id: test.id.clone(),
        anchor: anchor(&test.id),
        title: test.title.clone(),
        verdict: word(test.verdict),
        open: test.verdict >= Verdict::Fail,
        skip: test
            .skip
            .as_ref()
            .map(|skip| format!("{}: {}", skip_word(skip.kind), skip.reason))
            .unwrap_or_default(),
        requirements,
        steps: test.steps.iter().map(step_view).collect(),
    }
}

fn step_view(step: &StepOutcome) -> StepView {
    StepView {
        title: step.title.clone(),
        exchanges: step.exchanges.iter().map(|id| id.0.clone()).collect(),
        expectations: step.expectations.iter().map(expectation_view).collect(),
    }
}

fn expectation_view(found: &ExpectationOutcome) -> ExpectationView {
    ExpectationView {
        kind: found.kind.clone(),
        verdict: word(found.verdict),
        expected: found.expected.clone(),
        actual: found.actual.clone(),
        skip: found
            .skip
            .as_ref()
            .map(|skip| skip.reason.clone())
            .unwrap_or_default(),
        fix: found.fix.clone().unwrap_or_default(),
        issues: found
            .issues
            .iter()
            .map(|issue| {
                let place = &issue.location;
                let lines = match (place.line, place.column) {
                    (Some(line), Some(column)) => format!(" (line {line}, column {column})"),
                    _ => String::new(),
                };
                IssueView {
                    severity: format!("{:?}", issue.severity).to_lowercase(),
                    message: issue.message.clone(),
                    fix: issue.fix.clone().unwrap_or_default(),
                    place: format!("{}{lines}", place.expression),
                    profile: issue.profile.clone().unwrap_or_default(),
                    rule: issue.rule.clone(),
                }
            })
            .collect(),
    }
}

fn skips(outcome: &RunOutcome) -> Vec<SkipView> {
    let mut by_reason: BTreeMap<(&'static str, &str), Vec<Link>> = BTreeMap::new();
    for test in outcome.cases.iter().flat_map(|case| &case.tests) {
        if let Some(skip) = &test.skip {
            by_reason
                .entry((skip_word(skip.kind), &skip.reason))
                .or_default()
                .push(link(test));
        }
    }
    by_reason
        .into_iter()
        .map(|((kind, reason), tests)| SkipView {
            kind,
            reason: reason.to_owned(),
            tests,
        })
        .collect()
}

fn link(test: &TestOutcome) -> Link {
    Link {
        anchor: anchor(&test.id),
        name: test.id.clone(),
        verdict: word(test.verdict),
    }
}

fn requirements(outcome: &RunOutcome) -> Vec<RequirementView> {
    let mut judged: BTreeMap<&str, (Verdict, Vec<Link>)> = BTreeMap::new();
    for test in outcome.cases.iter().flat_map(|case| &case.tests) {
        for id in &test.verifies {
            note(&mut judged, id, test.verdict, test);
        }
        for found in test.steps.iter().flat_map(|step| &step.expectations) {
            for id in &found.verifies {
                note(&mut judged, id, found.verdict, test);
            }
        }
    }
    outcome
        .requirements
        .iter()
        .map(|requirement| {
            requirement_view(
                requirement,
                judged.remove(requirement.id.as_str()).unwrap_or_default(),
            )
        })
        .collect()
}

fn note<'o>(
    judged: &mut BTreeMap<&'o str, (Verdict, Vec<Link>)>,
    id: &'o str,
    verdict: Verdict,
    test: &TestOutcome,
) {
    let (worst, links) = judged.entry(id).or_default();
    *worst = (*worst).max(verdict);
    let link = link(test);
    if links.last().is_none_or(|last| last.anchor != link.anchor) {
        links.push(link);
    }
}

fn requirement_view(
    requirement: &RequirementRef,
    (verdict, mut tests): (Verdict, Vec<Link>),
) -> RequirementView {
    let more = tests.len().saturating_sub(LINKS);
    tests.truncate(LINKS);
    RequirementView {
        id: requirement.id.clone(),
        statement: requirement.statement.clone(),
        conformance: requirement.conformance.word(),
        source: requirement.source.clone(),
        verdict: word(verdict),
        tests,
        more,
    }
}

fn exchanges(outcome: &RunOutcome) -> Vec<ExchangeView> {
    let mut used: BTreeMap<&str, Vec<Link>> = BTreeMap::new();
    for test in outcome.cases.iter().flat_map(|case| &case.tests) {
        for id in test.steps.iter().flat_map(|step| &step.exchanges) {
            let links = used.entry(&id.0).or_default();
            if links.last().is_none_or(|last| last.name != test.id) {
                links.push(link(test));
            }
        }
    }
    outcome
        .exchanges
        .iter()
        .map(|exchange| {
            exchange_view(
                exchange,
                used.remove(exchange.id.0.as_str()).unwrap_or_default(),
            )
        })
        .collect()
}

fn exchange_view(exchange: &Exchange, mut tests: Vec<Link>) -> ExchangeView {
    let more = tests.len().saturating_sub(LINKS);
    tests.truncate(LINKS);
    let response = exchange.response.as_ref();
    ExchangeView {
        id: exchange.id.0.clone(),
        title: format!("{} {}", exchange.request.method, exchange.request.url),
        status: response.map_or_else(
            || "no answer".to_owned(),
            |response| response.status.to_string(),
        ),
        duration: exchange.timing.duration_ms,
        curl: curl::command(&exchange.request),
        request_headers: exchange.request.headers.clone(),
        request_body: exchange.request.body.as_ref().map(body_view),
        response_headers: response
            .map(|response| response.headers.clone())
            .unwrap_or_default(),
        response_body: response
            .and_then(|response| response.body.as_ref())
            .map(body_view),
        failure: exchange
            .failure
            .as_ref()
            .map(|failure| failure.message.clone())
            .unwrap_or_default(),
        tests,
        more,
    }
}

fn body_view(body: &RecordedBody) -> BodyView {
    let what = if body.text.is_none() {
        "not kept: "
    } else if body.cut {
        "cut; the whole is in exchanges.jsonl: "
    } else {
        ""
    };
    BodyView {
        text: body.text.clone().unwrap_or_default(),
        note: format!("{what}{} bytes, SHA-256 {}", body.size, body.sha256),
    }
}
