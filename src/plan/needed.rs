//! What a target must declare for a test: types' interactions, search parameters, includes and
//! operations.

use std::collections::BTreeSet;

use super::{Plan, PlannedTest};
use crate::config::DeclaredCapabilities;
use crate::outcome::{CapabilityKey, CapabilityKind};
use crate::suite::{Action, Capability};

/// Parameters that say how a result is shown (FHIR R4 search, result parameters); what they take is
/// declared elsewhere.
const OF_RESULTS: [&str; 4] = ["_include", "_revinclude", "_format", "_count"];

impl PlannedTest {
    /// The capabilities without which the test makes no sense; each once.
    #[must_use]
    pub fn required_capabilities(&self) -> BTreeSet<CapabilityKey> {
        let requires = self.case.requires.iter();
        requires
            .filter_map(|requires| self.required(&requires.capability))
            .collect()
    }

    fn required(&self, capability: &Capability) -> Option<CapabilityKey> {
        let kind = match capability {
            Capability::Interaction(_) => CapabilityKind::Interaction,
            Capability::SearchParameter(_) => CapabilityKind::SearchParameter,
            Capability::Operation(_) => CapabilityKind::Operation,
            Capability::Include(_) => CapabilityKind::Include,
            _ => return None,
        };
        let text = self.filled(capability.template());
        let (resource_type, name) = text.split_once('.')?;
        let name = match kind {
            // The form of its value: `Type:parameter`.
            CapabilityKind::Include => name,
            // A modifier or a chain is not part of what is declared.
            _ => name.split([':', '.']).next()?,
        };
        let key = CapabilityKey::new(resource_type, kind, name);
        (!name.is_empty()).then_some(key)
    }

    /// The capabilities that its requests make use of, beside those that it requires; each once.
    #[must_use]
    pub fn used_capabilities(&self) -> BTreeSet<CapabilityKey> {
        let mut used = BTreeSet::new();
        for step in &self.case.steps {
            match &step.request {
                Some(Action::Read(read)) => {
                    let kind = self.filled(&read.resource_type);
                    used.insert(CapabilityKey::new(
                        &kind,
                        CapabilityKind::Interaction,
                        "read",
                    ));
                }
                Some(Action::Search(search)) => {
                    let kind = self.filled(&search.resource_type);
                    let key = |of, name: &str| CapabilityKey::new(&kind, of, name);
                    used.insert(key(CapabilityKind::Interaction, "search-type"));
                    let names = search.query.iter().map(|(name, _)| self.filled(name));
                    for name in names.filter(|name| !OF_RESULTS.contains(&name.as_str())) {
                        let name = name.split([':', '.']).next().unwrap_or_default();
                        used.insert(key(CapabilityKind::SearchParameter, name));
                    }
                }
                Some(Action::Publish(publish)) => {
                    let (kind, name) = match &publish.path {
                        None => (CapabilityKind::Interaction, "create"),
                        Some(_) => (CapabilityKind::Operation, "validate"),
                    };
                    used.insert(CapabilityKey::new("DocumentReference", kind, name));
                }
                _ => {}
            }
        }
        used
    }
}

impl Plan {
    /// What tests require and the target does not declare, of the types that it serves.
    #[must_use]
    pub fn undeclared(&self, declared: &DeclaredCapabilities) -> BTreeSet<CapabilityKey> {
        let required = self
            .tests
            .iter()
            .flat_map(PlannedTest::required_capabilities);
        required
            .filter(|key| declared.types.contains_key(&key.resource_type))
            .filter(|key| !key.is_declared(declared))
            .collect()
    }
}

impl CapabilityKey {
    /// Whether the target declares it.
    #[must_use]
    pub fn is_declared(&self, declared: &DeclaredCapabilities) -> bool {
        let found = declared.types.get(&self.resource_type);
        found.is_some_and(|found| found.names(self.kind).contains(&self.name))
    }
}
