//! What a target declares beside what it does: a table of the report.

use std::collections::{BTreeMap, BTreeSet};

use super::discover::Discovered;
use super::schedule::AllDone;
use crate::config::DeclaredCapabilities;
use crate::outcome::{CapabilityKey, CapabilityKind, CapabilityOutcome, Verdict};
use crate::plan::Plan;

const KINDS: [CapabilityKind; 4] = [
    CapabilityKind::Interaction,
    CapabilityKind::SearchParameter,
    CapabilityKind::Include,
    CapabilityKind::Operation,
];

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
            declared: !discovered.capabilities.guessed && key.is_declared(&discovered.capabilities),
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
