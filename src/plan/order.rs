//! Which test comes before which.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PlannedTest, Stage};
use crate::suite::{Actor, Case, Given, Suite};

/// The cases of an actor in the order of a run, with their stages.
pub(super) fn ordered(suite: &Suite, actor: Actor) -> Vec<(&Arc<Case>, Stage)> {
    let cases: Vec<_> = suite
        .cases
        .iter()
        .filter(|case| is_tested_with(actor, case.actor))
        .collect();
    let positions: BTreeMap<&str, usize> = cases
        .iter()
        .enumerate()
        .map(|(position, case)| (case.id.value.as_str(), position))
        .collect();
    let ranks = ranks(&cases, &positions);
    let mut ordered: Vec<_> = cases.into_iter().zip(ranks).collect();
    ordered.sort_by_key(|(_, rank)| *rank);
    ordered
        .into_iter()
        .map(|(case, (stage, _))| (case, stage))
        .collect()
}

/// A server that gives access to resources is tested together with the authorization server that it
/// names, and as a provider of documents where it claims to be one; each can be tested on its own too.
pub fn is_tested_with(actor: Actor, other: Actor) -> bool {
    match actor {
        Actor::ResourceAccessProvider => matches!(
            other,
            Actor::ResourceAccessProvider
                | Actor::DocumentAccessProvider
                | Actor::AuthorizationServer
        ),
        Actor::DocumentAccessProvider => matches!(
            other,
            Actor::DocumentAccessProvider | Actor::AuthorizationServer
        ),
        _ => actor == other,
    }
}

/// Stage and depth of needs of each case: no case ranks below one that it needs. Cases that need
/// each other in a circle end somewhere (the circle itself is a diagnostic of the suite).
fn ranks(cases: &[&Arc<Case>], positions: &BTreeMap<&str, usize>) -> Vec<(Stage, usize)> {
    let mut ranks: Vec<_> = cases.iter().map(|case| (own_stage(case), 0)).collect();
    for _ in 0..cases.len() {
        let mut changed = false;
        for (position, case) in cases.iter().enumerate() {
            let needed = case
                .needs
                .iter()
                .filter_map(|need| positions.get(need.value.as_str()))
                .filter(|needed| **needed != position)
                .filter_map(|needed| ranks.get(*needed))
                .map(|(stage, depth)| (*stage, depth + 1))
                .max();
            if let (Some(needed), Some(own)) = (needed, ranks.get_mut(position))
                && needed > *own
            {
                *own = needed;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    ranks
}

fn own_stage(case: &Case) -> Stage {
    let takes = |given: &Given| {
        matches!(
            given,
            Given::Seed(_) | Given::Referenced(_) | Given::OtherPatient(_)
        )
    };
    if case.writes {
        Stage::Write
    } else if case.steps.iter().any(|step| step.request.is_none()) {
        Stage::Judge
    } else if case.given.values().any(takes) || case.steps.iter().any(|step| step.each.is_some()) {
        Stage::Seeded
    } else {
        Stage::Gather
    }
}

/// Positions of the tests that a test needs: those of the needed cases, of the same resource type
/// where both have one.
pub(super) fn needs(test: &PlannedTest, earlier: &[PlannedTest]) -> Vec<usize> {
    let needs = &test.case.needs;
    let is_needed = |other: &PlannedTest| {
        let same_type = match (&test.resource_type, &other.resource_type) {
            (Some(own), Some(theirs)) => own == theirs,
            _ => true,
        };
        same_type && needs.iter().any(|need| need.value == other.case.id.value)
    };
    if needs.is_empty() {
        return Vec::new();
    }
    let found = earlier.iter().enumerate();
    found
        .filter(|(_, other)| is_needed(other) && other.case.id.value != test.case.id.value)
        .map(|(position, _)| position)
        .collect()
}
