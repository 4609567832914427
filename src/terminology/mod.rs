//! Whether a code is in a value set, and what could not be decided.
//!
//! A value set is compiled once to a small tree of clauses and shared. What needs a code system
//! that is not at hand is [`Membership::Unknown`] with the reason: never a silent pass, never a
//! false alarm.

mod code_system;
mod compiled;
mod concept;
mod expansion;
mod hierarchy;
mod language;
mod lists;
mod membership;
mod rule;
mod server;
mod unit;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::definition::Definitions;
use crate::package::Kind;
use code_system::CodeSystem;
use compiled::{CompiledSet, Found, Refusal, Sources};
pub use membership::Membership;
pub use server::{Server, ServerError};

/// Value sets that import each other are followed this deep.
const MAX_DEPTH: usize = 32;

/// Decides memberships with the definitions at hand. Cheap to clone, shared between threads.
#[derive(Debug, Clone)]
pub struct Terminology {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    definitions: Definitions,
    /// Asked for what can't be decided here.
    server: Option<Server>,
    sets: RwLock<HashMap<String, Compiled>>,
    systems: RwLock<HashMap<String, Arc<CodeSystem>>>,
}

type Compiled = Result<Arc<CompiledSet>, Refusal>;

/// Whether a text is how a code system shows a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisplayCheck {
    Matches,
    Differs {
        /// The display that the code system gives.
        expected: String,
    },
    /// The code system, or its display of the code, is not at hand.
    Unknown,
}

impl Terminology {
    pub fn new(definitions: Definitions) -> Self {
        Self::asking(definitions, None)
    }

    /// As [`Terminology::new`], with a server to ask for what can't be decided here.
    pub fn asking(definitions: Definitions, server: Option<Server>) -> Self {
        Self {
            inner: Arc::new(Inner {
                definitions,
                server,
                sets: RwLock::default(),
                systems: RwLock::default(),
            }),
        }
    }

    /// Whether the code is in the value set (`url` or `url|version`). Without a system (elements of
    /// type `code`) any system of the set may hold it.
    pub fn check(&self, value_set: &str, system: Option<&str>, code: &str) -> Membership {
        let here = match self.inner.compiled(value_set, None) {
            Ok(set) => set.membership(system, code),
            Err(Refusal::Missing(why) | Refusal::Endless(why)) => Membership::Unknown(why),
        };
        match (here, &self.inner.server, system) {
            (Membership::Unknown(why), Some(server), Some(system)) => {
                match server.membership(value_set, system, code) {
                    Membership::Unknown(there) => Membership::Unknown(format!("{why}; {there}")),
                    decided => decided,
                }
            }
            (here, _, _) => here,
        }
    }

    /// The codes of a value set, where all of them are known and they are at most `most`; for
    /// schemas, which hold small value sets themselves.
    pub fn enumeration(&self, value_set: &str, most: usize) -> Option<Vec<String>> {
        let set = self.inner.compiled(value_set, None).ok()?;
        set.enumeration(most)
    }

    /// The display that a code system gives a code.
    pub fn display(&self, system: &str, code: &str) -> Option<String> {
        let system = self.inner.code_system(system, None)?.system;
        system.display(code).map(str::to_owned)
    }

    /// Whether a text is how the code system shows the code, in any language or form that it
    /// gives. Case and spacing do not matter.
    pub fn check_display(&self, system: &str, code: &str, display: &str) -> DisplayCheck {
        let Some(found) = self.inner.code_system(system, None) else {
            return DisplayCheck::Unknown;
        };
        let given = plain(display);
        let mut known = found.system.displays(code).peekable();
        let Some(expected) = known.peek().map(|&first| first.to_owned()) else {
            return DisplayCheck::Unknown;
        };
        if known.any(|display| plain(display) == given) {
            DisplayCheck::Matches
        } else {
            DisplayCheck::Differs { expected }
        }
    }

    /// Whether a code is defined by its system.
    pub fn check_system(&self, system: &str, code: &str) -> Membership {
        match self.inner.code_system(system, None) {
            Some(found) => found.system.membership(code),
            None => Membership::Unknown(membership::no_content(system)),
        }
    }
}

impl Inner {
    /// The value set, compiled once. What is not at hand is not remembered, so that hostile input
    /// fills no memory.
    fn compiled(&self, canonical: &str, within: Option<&Step<'_>>) -> Compiled {
        if let Some(known) = read(&self.sets, canonical) {
            return known;
        }
        let step = Step {
            inner: self,
            canonical,
            within,
            depth: within.map_or(0, |step| step.depth + 1),
        };
        step.refuse_endless()?;
        let found = self
            .definitions
            .resolve(Kind::ValueSet, canonical)
            .ok_or_else(|| Refusal::Missing(format!("the value set {canonical} is not at hand")))?;
        let doubt = (!found.exact).then(|| {
            let version = found.version;
            format!("the value set {canonical} is at hand in version {version} only")
        });
        let made = CompiledSet::new(&found.resource, doubt, &step).map(Arc::new);
        write(&self.sets, canonical, &made);
        made
    }

    fn code_system(&self, url: &str, version: Option<&str>) -> Option<Found> {
        let canonical =
            version.map_or_else(|| url.to_owned(), |version| format!("{url}|{version}"));
        if let Some(system) = read(&self.systems, &canonical) {
            return Some(Found {
                system,
                doubt: None,
            });
        }
        if let Some(system) = lists::of_system(url).or_else(|| rule::of_system(url)) {
            return Some(self.keep(&canonical, system));
        }
        // A package may hold a stub of what another has in full.
        let candidates = || self.definitions.resolve_all(Kind::CodeSystem, &canonical);
        let complete = |exact: bool, content: &[&str]| {
            candidates().find(|found| {
                let held = found.resource["content"].as_str().unwrap_or_default();
                found.exact == exact && content.contains(&held)
            })
        };
        let part = ["fragment", "example"];
        if let Some(found) = complete(true, &["complete"]).or_else(|| complete(true, &part)) {
            let system = CodeSystem::read(&found.resource)?;
            return Some(self.keep(&canonical, system));
        }
        let other = complete(false, &["complete"]).or_else(|| complete(false, &part))?;
        let at_hand = format!("{url}|{}", other.version);
        let system = match read(&self.systems, &at_hand) {
            Some(known) => known,
            None => {
                self.keep(&at_hand, CodeSystem::read(&other.resource)?)
                    .system
            }
        };
        Some(Found {
            system,
            doubt: Some(format!(
                "the code system {canonical} is at hand in version {} only",
                other.version
            )),
        })
    }

    fn keep(&self, canonical: &str, system: CodeSystem) -> Found {
        let system = Arc::new(system);
        write(&self.systems, canonical, &system);
        Found {
            system,
            doubt: None,
        }
    }
}

/// A value set on the way from the one that was asked for to what it imports.
struct Step<'a> {
    inner: &'a Inner,
    canonical: &'a str,
    within: Option<&'a Step<'a>>,
    depth: usize,
}

impl Step<'_> {
    fn refuse_endless(&self) -> Result<(), Refusal> {
        let canonical = self.canonical;
        let mut above = self.within;
        while let Some(step) = above {
            if step.canonical == canonical {
                let why = format!("the value set {canonical} imports itself");
                return Err(Refusal::Endless(why));
            }
            above = step.within;
        }
        if self.depth > MAX_DEPTH {
            let why = format!("the value set {canonical} is imported too deeply");
            return Err(Refusal::Endless(why));
        }
        Ok(())
    }
}

impl Sources for Step<'_> {
    fn code_system(&self, url: &str, version: Option<&str>) -> Option<Found> {
        self.inner.code_system(url, version)
    }

    fn value_set(&self, canonical: &str) -> Compiled {
        self.inner.compiled(canonical, Some(self))
    }
}

/// A display without what does not matter in it.
fn plain(display: &str) -> String {
    let words: Vec<&str> = display.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn read<T: Clone>(cache: &RwLock<HashMap<String, T>>, key: &str) -> Option<T> {
    cache.read().ok()?.get(key).cloned()
}

fn write<T: Clone>(cache: &RwLock<HashMap<String, T>>, key: &str, value: &T) {
    if let Ok(mut cache) = cache.write() {
        cache.insert(key.to_owned(), value.clone());
    }
}

#[cfg(test)]
mod tests;
