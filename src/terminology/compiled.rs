//! A value set's composition, ready to decide (FHIR R4, ValueSet.compose).

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::code_system::CodeSystem;
use super::{Membership, no_content};

/// Includes less excludes.
pub(super) struct CompiledSet {
    include: Vec<Clause>,
    exclude: Vec<Clause>,
}

/// Codes of a system, all of the imported sets, or both at once (then a code must be in all).
struct Clause {
    system: Option<(String, Codes)>,
    imports: Vec<Result<Arc<CompiledSet>, String>>,
}

enum Codes {
    Listed(HashSet<String>),
    All(Arc<CodeSystem>),
    Unknown(String),
}

type FindSystem<'a> = dyn Fn(&str) -> Option<Arc<CodeSystem>> + 'a;
type FindSet<'a> = dyn Fn(&str) -> Option<Arc<CompiledSet>> + 'a;

impl CompiledSet {
    pub(super) fn new(definition: &Value, system: &FindSystem<'_>, set: &FindSet<'_>) -> Self {
        let clauses = |part: &str| {
            definition["compose"][part]
                .as_array()
                .into_iter()
                .flatten()
                .map(|clause| Clause::new(clause, system, set))
                .collect()
        };
        Self {
            include: clauses("include"),
            exclude: clauses("exclude"),
        }
    }

    /// Whether the set holds the code.
    pub(super) fn membership(&self, system: Option<&str>, code: &str) -> Membership {
        if self.include.is_empty() {
            return Membership::Unknown("the value set says nothing of its content".to_owned());
        }
        match any(self
            .include
            .iter()
            .map(|clause| clause.membership(system, code)))
        {
            Membership::Member => {
                match any(self
                    .exclude
                    .iter()
                    .map(|clause| clause.membership(system, code)))
                {
                    Membership::Member => Membership::NotMember,
                    Membership::NotMember => Membership::Member,
                    unknown @ Membership::Unknown(_) => unknown,
                }
            }
            other => other,
        }
    }

    /// All codes, where they are listed and at most `most`.
    pub(super) fn enumeration(&self, most: usize) -> Option<Vec<String>> {
        let mut codes = HashSet::new();
        for clause in &self.include {
            if !clause.imports.is_empty() {
                return None;
            }
            match clause.system.as_ref().map(|(_, codes)| codes)? {
                Codes::Listed(listed) => codes.extend(listed.iter().cloned()),
                Codes::All(system) => {
                    codes.extend(system.codes()?.take(most + 1).map(str::to_owned))
                }
                Codes::Unknown(_) => return None,
            }
            if codes.len() > most {
                return None;
            }
        }
        codes.retain(|code| self.membership(None, code) == Membership::Member);
        let mut codes: Vec<String> = codes.into_iter().collect();
        codes.sort_unstable();
        (!codes.is_empty()).then_some(codes)
    }
}

impl Clause {
    fn new(clause: &Value, system: &FindSystem<'_>, set: &FindSet<'_>) -> Self {
        let url = clause["system"].as_str();
        let imports = clause["valueSet"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        Self {
            system: url.map(|url| (url.to_owned(), codes(clause, url, system))),
            imports: imports
                .map(|url| set(url).ok_or_else(|| format!("the value set {url} is not at hand")))
                .collect(),
        }
    }

    fn membership(&self, system: Option<&str>, code: &str) -> Membership {
        let own = self.system.as_ref().map(|(url, codes)| {
            if system.is_some_and(|system| system != url) {
                Membership::NotMember
            } else {
                codes.membership(code)
            }
        });
        let imported = self.imports.iter().map(|import| match import {
            Ok(set) => set.membership(system, code),
            Err(why) => Membership::Unknown(why.clone()),
        });
        all(own.into_iter().chain(imported))
    }
}

fn codes(clause: &Value, url: &str, system: &FindSystem<'_>) -> Codes {
    if let Some(concepts) = clause["concept"].as_array() {
        let listed = concepts
            .iter()
            .filter_map(|concept| concept["code"].as_str());
        return Codes::Listed(listed.map(str::to_owned).collect());
    }
    let Some(found) = system(url) else {
        return Codes::Unknown(no_content(url));
    };
    let Some(filters) = clause["filter"].as_array() else {
        return Codes::All(found);
    };
    let mut selected: Option<HashSet<String>> = None;
    for filter in filters {
        let [property, operator, value] =
            ["property", "op", "value"].map(|name| filter[name].as_str().unwrap_or_default());
        let Some(codes) = found.filtered(property, operator, value) else {
            return Codes::Unknown(format!(
                "the filter {property} {operator} {value} on {url} cannot be decided here"
            ));
        };
        selected = Some(match selected {
            None => codes,
            Some(before) => before.intersection(&codes).cloned().collect(),
        });
    }
    Codes::Listed(selected.unwrap_or_default())
}

impl Codes {
    fn membership(&self, code: &str) -> Membership {
        match self {
            Self::Listed(codes) if codes.contains(code) => Membership::Member,
            Self::Listed(_) => Membership::NotMember,
            Self::All(system) => system.membership(code),
            Self::Unknown(why) => Membership::Unknown(why.clone()),
        }
    }
}

/// Member where one is; else unknown where one is.
fn any(memberships: impl Iterator<Item = Membership>) -> Membership {
    let mut result = Membership::NotMember;
    for membership in memberships {
        match membership {
            Membership::Member => return Membership::Member,
            Membership::NotMember => {}
            unknown @ Membership::Unknown(_) => result = unknown,
        }
    }
    result
}

/// Not a member where one is not; else unknown where one is; a member of nothing at all is none.
fn all(memberships: impl Iterator<Item = Membership>) -> Membership {
    let mut result = None;
    for membership in memberships {
        match membership {
            Membership::NotMember => return Membership::NotMember,
            Membership::Member => {
                result.get_or_insert(Membership::Member);
            }
            unknown @ Membership::Unknown(_) => result = Some(unknown),
        }
    }
    result.unwrap_or(Membership::NotMember)
}
