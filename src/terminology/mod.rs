//! Whether a code is in a value set, and what could not be decided.
//!
//! A value set is compiled once to a small tree of clauses and shared. What needs a code system
//! that is not at hand is [`Membership::Unknown`] with the reason: never a silent pass, never a
//! false alarm.

mod code_system;
mod compiled;
mod rule;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::definition::Definitions;
use crate::package::Kind;
use code_system::CodeSystem;
use compiled::CompiledSet;

/// Value sets that import each other are followed this deep.
const MAX_DEPTH: usize = 16;

/// Decides memberships with the definitions at hand. Cheap to clone, shared between threads.
#[derive(Clone)]
pub struct Terminology {
    inner: Arc<Inner>,
}

struct Inner {
    definitions: Definitions,
    sets: RwLock<HashMap<String, Option<Arc<CompiledSet>>>>,
    systems: RwLock<HashMap<String, Option<Arc<CodeSystem>>>>,
}

/// Whether a code is in a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    Member,
    NotMember,
    /// It could not be decided; why, in words.
    Unknown(String),
}

impl Terminology {
    pub fn new(definitions: Definitions) -> Self {
        Self {
            inner: Arc::new(Inner {
                definitions,
                sets: RwLock::default(),
                systems: RwLock::default(),
            }),
        }
    }

    /// Whether the code is in the value set (`url` or `url|version`). Without a system (elements of
    /// type `code`) any system of the set may hold it.
    pub fn check(&self, value_set: &str, system: Option<&str>, code: &str) -> Membership {
        match self.compiled(value_set, 0) {
            Some(set) => set.membership(system, code),
            None => Membership::Unknown(format!("the value set {value_set} is not at hand")),
        }
    }

    /// The codes of a value set, where all of them are known and they are at most `most`.
    pub fn enumeration(&self, value_set: &str, most: usize) -> Option<Vec<String>> {
        self.compiled(value_set, 0)?.enumeration(most)
    }

    /// The display that a code system gives a code.
    pub fn display(&self, system: &str, code: &str) -> Option<String> {
        self.code_system(system)?.display(code).map(str::to_owned)
    }

    /// Whether a code is defined by its system.
    pub fn check_system(&self, system: &str, code: &str) -> Membership {
        match self.code_system(system) {
            Some(found) => found.membership(code),
            None => Membership::Unknown(no_content(system)),
        }
    }

    fn compiled(&self, value_set: &str, depth: usize) -> Option<Arc<CompiledSet>> {
        shared(&self.inner.sets, value_set, || {
            if depth > MAX_DEPTH {
                return None;
            }
            let definition = self.inner.definitions.value_set(value_set)?;
            Some(Arc::new(CompiledSet::new(
                &definition,
                &|system| self.code_system(system),
                &|import| self.compiled(import, depth + 1),
            )))
        })
    }

    fn code_system(&self, system: &str) -> Option<Arc<CodeSystem>> {
        shared(&self.inner.systems, system, || {
            if let Some(rule) = rule::of_system(system) {
                return Some(Arc::new(CodeSystem::by_rule(rule)));
            }
            let found = self.inner.definitions.resolve(Kind::CodeSystem, system)?;
            CodeSystem::complete(&found.resource).map(Arc::new)
        })
    }
}

fn no_content(system: &str) -> String {
    format!("the codes of {system} are not at hand")
}

/// Looks a key up, or makes its value outside the lock: making one may look others up.
fn shared<T: Clone>(
    cache: &RwLock<HashMap<String, Option<T>>>,
    key: &str,
    make: impl FnOnce() -> Option<T>,
) -> Option<T> {
    if let Some(found) = cache.read().ok().and_then(|map| map.get(key).cloned()) {
        return found;
    }
    let made = make();
    if let Ok(mut map) = cache.write() {
        map.insert(key.to_owned(), made.clone());
    }
    made
}

#[cfg(test)]
mod tests;
