//! Outcomes and exchanges → the record, the same for the same findings whatever came first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::http::Exchanged;
use crate::http::exchange::{Exchange, ExchangeId};
use crate::outcome::{
    CaseOutcome, Evidence, RequirementRef, RunInfo, RunOutcome, Summary, Target, TestOutcome,
    Untested, Verdict,
};
use crate::plan::{Plan, PlannedTest, is_tested_with};
use crate::suite::{Conformance, Expectation, Gravity};

use super::discover::Discovered;
use super::execute::{number, skipped};
use super::schedule::{AllDone, was_interrupted};
use super::{Run, evidence, observe};

type Began = (Timestamp, Instant);

/// Puts the record together.
pub(super) fn assemble(
    run: &Run<'_>,
    plan: &Plan,
    discovered: &Discovered,
    done: AllDone,
    began: Began,
) -> RunOutcome {
    let capabilities = observe::capabilities(plan, discovered, &done);
    let validated = done.tests.iter().map(|done| done.validated).sum();
    let (mut tests, exchanges): (Vec<_>, Vec<_>) = done
        .tests
        .into_iter()
        .map(|done| (done.outcome, done.exchanges))
        .unzip();
    let exchanges = renumber(&mut tests, exchanges.into_iter().flatten());
    let mut info = info(run, discovered, began);
    info.notes.extend(done.left_behind);
    if done.is_full {
        info.notes
            .push("The answers were so many that of some only the beginning was kept.".to_owned());
    }
    let info = RunInfo {
        interrupted: done.interrupted,
        partial: plan.is_partial() || done.interrupted,
        ..info
    };
    let requirements = cited(run, plan);
    let mut outcome = RunOutcome {
        summary: Summary {
            requests: done.requests,
            resources_validated: validated,
            ..summary(&tests, &requirements)
        },
        run: info,
        cases: cases(plan, tests),
        exchanges,
        requirements,
        untested: untested(run),
        capabilities,
        diagnostics: diagnostics(run),
    };
    evidence::limit(&mut outcome);
    outcome
}

/// The record of a run that ended before its first test.
pub(super) fn interrupted_early(run: &Run<'_>, plan: &Plan, began: Began) -> RunOutcome {
    let tests = plan
        .tests
        .iter()
        .map(|test| skipped(test, was_interrupted()));
    let done = AllDone {
        tests: tests.collect(),
        interrupted: true,
        requests: 0,
        is_full: false,
        left_behind: Vec::new(),
        tried: Vec::new(),
    };
    assemble(run, plan, &Discovered::default(), done, began)
}

fn info(run: &Run<'_>, discovered: &Discovered, (started, since): Began) -> RunInfo {
    let config = run.config;
    let mut notes = discovered.notes.clone();
    if config.http.tls.insecure {
        notes.push("Certificates were not checked (--insecure).".to_owned());
    }
    RunInfo {
        tool: concat!("fhir-assay ", env!("CARGO_PKG_VERSION")).to_owned(),
        suite_sha256: run.suite.sha256.clone(),
        target: Target {
            url: run.base.to_string(),
            embedded: run.embedded,
            software: discovered.software.clone(),
        },
        actor: config.actor,
        started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        duration_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        filters: config.filters.clone(),
        partial: false,
        interrupted: false,
        evidence: config.evidence.unwrap_or(if run.embedded {
            Evidence::Full
        } else {
            Evidence::Failures
        }),
        refused: discovered.access.problem.clone(),
        notes,
        definitions: run.definitions.clone(),
    }
}

fn diagnostics(run: &Run<'_>) -> Vec<String> {
    let errors = run
        .suite
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.gravity() == Gravity::Error);
    errors.map(|diagnostic| diagnostic.render(false)).collect()
}

/// Gives each exchange its id in the order in which tests refer to it, and keeps each once.
fn renumber(
    tests: &mut [TestOutcome],
    exchanges: impl Iterator<Item = Arc<Exchanged>>,
) -> Vec<Exchange> {
    let by_number: BTreeMap<ExchangeId, Arc<Exchanged>> = exchanges
        .map(|exchanged| (number(&exchanged), exchanged))
        .collect();
    let mut ids: BTreeMap<ExchangeId, ExchangeId> = BTreeMap::new();
    let mut record = Vec::new();
    for id in tests
        .iter_mut()
        .flat_map(|test| &mut test.steps)
        .flat_map(|step| &mut step.exchanges)
    {
        let next = ExchangeId(format!("x{}", ids.len() + 1));
        let new = ids.entry(id.clone()).or_insert_with(|| {
            if let Some(exchanged) = by_number.get(id) {
                record.push(recorded(next.clone(), exchanged));
            }
            next
        });
        *id = new.clone();
    }
    record
}

fn recorded(id: ExchangeId, exchanged: &Exchanged) -> Exchange {
    Exchange {
        id,
        request: exchanged.request.clone(),
        response: exchanged.recorded_response(),
        failure: exchanged.response.as_ref().err().cloned(),
        timing: exchanged.timing,
    }
}

/// The plan's tests by case; the tests of a case stand together.
fn cases(plan: &Plan, tests: Vec<TestOutcome>) -> Vec<CaseOutcome> {
    let mut cases: Vec<CaseOutcome> = Vec::new();
    for (planned, test) in plan.tests.iter().zip(tests) {
        let case = &planned.case;
        if cases.last().is_none_or(|last| last.id != case.id.value) {
            cases.push(CaseOutcome {
                id: case.id.value.clone(),
                title: case.title.text().to_owned(),
                why: case.why.clone(),
                actor: case.actor,
                group: case.group.value.clone(),
                verdict: Verdict::Skip,
                tests: Vec::new(),
            });
        }
        if let Some(last) = cases.last_mut() {
            last.verdict = last.verdict.max(test.verdict);
            last.tests.push(test);
        }
    }
    cases
}

fn summary(tests: &[TestOutcome], requirements: &[RequirementRef]) -> Summary {
    let mut summary = Summary {
        verdict: tests
            .iter()
            .map(|test| test.verdict)
            .max()
            .unwrap_or_default(),
        requirements_linked: requirements.len() as u64,
        ..Summary::default()
    };
    for test in tests {
        *summary.tests.entry(test.verdict).or_default() += 1;
        if let Some(skip) = &test.skip {
            *summary.skips.entry(skip.kind).or_default() += 1;
        }
    }
    let exercised: BTreeSet<&str> = tests.iter().flat_map(exercised).collect();
    let counted = requirements
        .iter()
        .filter(|requirement| exercised.contains(requirement.id.as_str()));
    for requirement in counted {
        summary.requirements_exercised += 1;
        summary.shall_exercised += u64::from(requirement.conformance == Conformance::Shall);
    }
    summary
}

/// The requirements that a test, or an expectation of it, came to a judgement on.
fn exercised(test: &TestOutcome) -> impl Iterator<Item = &str> {
    let is_judged = |verdict| matches!(verdict, Verdict::Pass | Verdict::Warning | Verdict::Fail);
    let own = test
        .verifies
        .iter()
        .filter(move |_| is_judged(test.verdict));
    let expectations = test.steps.iter().flat_map(|step| &step.expectations);
    let inner = expectations
        .filter(move |found| is_judged(found.verdict))
        .flat_map(|found| &found.verifies);
    own.chain(inner).map(String::as_str)
}

/// Every requirement that the plan's tests cite, from the catalogue.
fn cited(run: &Run<'_>, plan: &Plan) -> Vec<RequirementRef> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for test in &plan.tests {
        ids.extend(test.verifies.iter().cloned());
        for expectation in test.case.steps.iter().flat_map(|step| &step.expect) {
            collect(test, expectation, &mut ids);
        }
    }
    let found = ids.iter().filter_map(|id| run.suite.requirements.get(id));
    found
        .map(|requirement| RequirementRef {
            id: requirement.id.value.clone(),
            statement: requirement.statement.clone(),
            conformance: requirement.conformance,
            source: requirement.source.clone(),
        })
        .collect()
}

/// What is known of the actors tested together but verified by no case.
fn untested(run: &Run<'_>) -> Vec<Untested> {
    let catalogued = run.suite.requirements.iter();
    catalogued
        .filter(|requirement| is_tested_with(run.config.actor, requirement.actor))
        .filter_map(|requirement| {
            Some(Untested {
                id: requirement.id.value.clone(),
                statement: requirement.statement.clone(),
                conformance: requirement.conformance,
                source: requirement.source.clone(),
                reason: requirement.untested.as_ref()?.value.clone(),
            })
        })
        .collect()
}

fn collect(test: &PlannedTest, expectation: &Expectation, ids: &mut BTreeSet<String>) {
    let Some(group) = expectation.group() else {
        return;
    };
    ids.extend(
        group
            .verifies
            .iter()
            .map(|id| id.render_known(&|name| test.value(name))),
    );
    for inner in &group.expect {
        collect(test, inner, ids);
    }
}
