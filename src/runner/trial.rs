//! Tests of what a target does not declare: they do not count, but show what it can do all the same.

use std::collections::BTreeMap;

use super::discover::Discovered;
use crate::config::DeclaredCapabilities;
use crate::outcome::{CapabilityKey, Verdict};
use crate::plan::{Plan, PlannedTest, Stage};

/// Capabilities that are tried though they are not declared.
const MOST_TRIED: usize = 100;

/// A test that would run if the target declared one thing more.
pub(super) struct Trial {
    pub(super) key: CapabilityKey,
    pub(super) test: PlannedTest,
}

/// What became of a trial.
pub(super) struct Tried {
    pub(super) key: CapabilityKey,
    /// Id of the test.
    pub(super) test: String,
    pub(super) verdict: Verdict,
}

/// For each capability that is not declared, and for which tests were left out, the first of them.
pub(super) fn trials(
    plan: &Plan,
    discovered: &Discovered,
    plan_with: impl Fn(&DeclaredCapabilities) -> Plan,
) -> Vec<Trial> {
    let undeclared = plan.undeclared(&discovered.capabilities);
    if undeclared.is_empty() {
        return Vec::new();
    }
    let mut capabilities = discovered.capabilities.clone();
    for key in &undeclared {
        let declared = capabilities.types.entry(key.resource_type.clone());
        declared.or_default().declare(key.kind, &key.name);
    }
    let mut trials = BTreeMap::new();
    let more = plan_with(&capabilities);
    for (test, left_out) in more.tests.iter().zip(&plan.tests) {
        let runs_then = test.skip.is_none() && left_out.skip.is_some();
        let mut missing = test.required_capabilities().into_iter();
        let mut missing = missing.by_ref().filter(|key| undeclared.contains(key));
        if let (true, Some(key), None) = (runs_then, missing.next(), missing.next())
            && test.stage < Stage::Judge
            && !test.case.writes
        {
            trials.entry(key).or_insert_with(|| test.clone());
        }
    }
    let trials = trials.into_iter().take(MOST_TRIED);
    trials.map(|(key, test)| Trial { key, test }).collect()
}
