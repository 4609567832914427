//! Which tests speak for which requirement.

use std::collections::BTreeMap;

use serde::Serialize;

use super::link::{self, Links};
use crate::outcome::{RequirementRef, RunOutcome, TestOutcome, Verdict};
use crate::report::words::{tests, word};

#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: String,
    anchor: String,
    statement: String,
    conformance: &'static str,
    source: String,
    verdict: &'static str,
    links: Links,
}

/// A requirement that no case verifies.
#[derive(Debug, Serialize)]
pub(super) struct Untested {
    id: String,
    anchor: String,
    statement: String,
    conformance: &'static str,
    source: String,
    reason: String,
}

pub(super) fn untested(outcome: &RunOutcome) -> Vec<Untested> {
    let untested = outcome.untested.iter();
    untested
        .map(|untested| Untested {
            id: untested.id.clone(),
            anchor: link::of_requirement(&untested.id),
            statement: untested.statement.clone(),
            conformance: untested.conformance.word(),
            source: untested.source.clone(),
            reason: untested.reason.clone(),
        })
        .collect()
}

type Judged<'o> = BTreeMap<&'o str, (Verdict, Links)>;

pub(super) fn of(outcome: &RunOutcome) -> Vec<Row> {
    let mut judged = Judged::new();
    for test in tests(outcome) {
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
            let judged = judged.remove(requirement.id.as_str());
            row(requirement, judged.unwrap_or_default())
        })
        .collect()
}

fn note<'o>(judged: &mut Judged<'o>, id: &'o str, verdict: Verdict, test: &TestOutcome) {
    let (worst, links) = judged.entry(id).or_default();
    *worst = (*worst).max(verdict);
    links.push(link::to(test));
}

fn row(requirement: &RequirementRef, (verdict, links): (Verdict, Links)) -> Row {
    Row {
        id: requirement.id.clone(),
        anchor: link::of_requirement(&requirement.id),
        statement: requirement.statement.clone(),
        conformance: requirement.conformance.word(),
        source: requirement.source.clone(),
        verdict: word(verdict),
        links,
    }
}
