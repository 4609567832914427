//! What a target declares beside what it does: a table of the report.

use std::collections::{BTreeMap, BTreeSet};

use super::discover::Discovered;
use super::schedule::AllDone;
use crate::config::DeclaredCapabilities;
use crate::outcome::{CapabilityKey, CapabilityKind, CapabilityOutcome, Verdict};
use crate::plan::{Plan, PlannedTest, Stage};

/// Capabilities that are tried though they are not declared.
const MOST_TRIED: usize = 100;
const KINDS: [CapabilityKind; 4] = [
    CapabilityKind::Interaction,
    CapabilityKind::SearchParameter,
    CapabilityKind::Include,
    CapabilityKind::Operation,
];

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

/// All that is declared of the types under test, and all else that was tried.
pub(super) fn capabilities(
    plan: &Plan,
    discovered: &Discovered,
    done: &AllDone,
) -> Vec<CapabilityOutcome> {
    let mut speaks: BTreeMap<CapabilityKey, Vec<(&str, Verdict)>> = BTreeMap::new();
    let mut uses: BTreeMap<CapabilityKey, Vec<(&str, Verdict)>> = BTreeMap::new();
    let tests = plan.tests.iter().zip(&done.tests);
    for (test, done) in tests.filter(|(_, done)| done.outcome.verdict != Verdict::Skip) {
        let found = (test.id.as_str(), done.outcome.verdict);
        for key in test.required_capabilities() {
            speaks.entry(key).or_default().push(found);
        }
        for key in test.used_capabilities() {
            uses.entry(key).or_default().push(found);
        }
    }
    let judged = |key: CapabilityKey| {
        let (tests, verdict) = match (speaks.get(&key), uses.get(&key)) {
            (Some(tests), _) => (
                tests.as_slice(),
                tests.iter().map(|(_, found)| *found).max(),
            ),
            // A test that only makes use of it may fail for other reasons: one that passes is enough.
            (None, Some(tests)) => (
                tests.as_slice(),
                tests.iter().map(|(_, found)| *found).min(),
            ),
            (None, None) => (&[][..], None),
        };
        CapabilityOutcome {
            declared: key.is_declared(&discovered.capabilities),
            verdict: verdict.unwrap_or_default(),
            tests: tests.iter().map(|(id, _)| (*id).to_owned()).collect(),
            key,
        }
    };
    let tested: BTreeSet<&String> = speaks
        .keys()
        .chain(uses.keys())
        .map(|key| &key.resource_type)
        .collect();
    let declared = declared(&discovered.capabilities);
    let mut found: Vec<_> = declared
        .filter(|key| tested.contains(&key.resource_type))
        .map(judged)
        .collect();
    // Demanded, so that their tests ran although they are not declared.
    let demanded = speaks
        .keys()
        .filter(|key| !key.is_declared(&discovered.capabilities));
    found.extend(demanded.cloned().map(judged));
    found.extend(done.tried.iter().map(|tried| CapabilityOutcome {
        key: tried.key.clone(),
        declared: false,
        verdict: tried.verdict,
        tests: vec![tried.test.clone()],
    }));
    found.sort_by(|one, other| one.key.cmp(&other.key));
    found
}

fn declared(capabilities: &DeclaredCapabilities) -> impl Iterator<Item = CapabilityKey> {
    capabilities
        .types
        .iter()
        .flat_map(|(resource_type, found)| {
            KINDS.into_iter().flat_map(move |kind| {
                let names = found.names(kind).iter();
                names.map(move |name| CapabilityKey::new(resource_type, kind, name))
            })
        })
}
