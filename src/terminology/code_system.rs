//! A code system whose codes are all known: listed, or decided by a rule.

use std::collections::{HashMap, HashSet};

use regex::Regex;
use serde_json::Value;

use super::Membership;
use super::rule::Rule;

/// All codes of a system.
pub(super) struct CodeSystem {
    codes: Codes,
}

enum Codes {
    Listed {
        concepts: HashMap<String, Concept>,
        ignore_case: bool,
    },
    Rule(Rule),
}

/// Whether a filter holds for a code.
type Matching<'a> = Box<dyn Fn(&str, &Concept) -> bool + 'a>;

struct Concept {
    display: Option<String>,
    parents: Vec<String>,
    properties: Vec<(String, String)>,
}

/// Concepts nested deeper than this are left out: no real system comes near.
const MAX_DEPTH: usize = 64;

impl CodeSystem {
    pub(super) fn by_rule(rule: Rule) -> Self {
        Self {
            codes: Codes::Rule(rule),
        }
    }

    /// The system of this definition; `None` where the definition does not hold all its codes.
    pub(super) fn complete(definition: &Value) -> Option<Self> {
        if definition["content"] != "complete" {
            return None;
        }
        let ignore_case = definition["caseSensitive"] == false;
        let mut concepts = HashMap::new();
        collect(&definition["concept"], None, ignore_case, 0, &mut concepts);
        Some(Self {
            codes: Codes::Listed {
                concepts,
                ignore_case,
            },
        })
    }

    pub(super) fn membership(&self, code: &str) -> Membership {
        match &self.codes {
            Codes::Rule(rule) => rule(code),
            Codes::Listed { .. } if self.concept(code).is_some() => Membership::Member,
            Codes::Listed { .. } => Membership::NotMember,
        }
    }

    pub(super) fn display(&self, code: &str) -> Option<&str> {
        self.concept(code)?.display.as_deref()
    }

    /// All codes, where they are listed.
    pub(super) fn codes(&self) -> Option<impl Iterator<Item = &str>> {
        match &self.codes {
            Codes::Listed { concepts, .. } => Some(concepts.keys().map(String::as_str)),
            Codes::Rule(_) => None,
        }
    }

    /// The codes for which a filter of a value set holds; `None` where the filter cannot be decided.
    pub(super) fn filtered(
        &self,
        property: &str,
        operator: &str,
        value: &str,
    ) -> Option<HashSet<String>> {
        let Codes::Listed { concepts, .. } = &self.codes else {
            return None;
        };
        let matching: Matching<'_> = match (operator, property) {
            ("is-a", _) => Box::new(|code, _| code == value || self.descends(code, value, 0)),
            ("descendent-of", _) => Box::new(|code, _| self.descends(code, value, 0)),
            ("is-not-a", _) => Box::new(|code, _| code != value && !self.descends(code, value, 0)),
            ("=", "code") => Box::new(|code, _| code == value),
            ("in", "code") => Box::new(|code, _| value.split(',').any(|item| item.trim() == code)),
            ("not-in", "code") => {
                Box::new(|code, _| !value.split(',').any(|item| item.trim() == code))
            }
            ("regex", "code") => {
                let regex = Regex::new(&format!("^(?:{value})$")).ok()?;
                Box::new(move |code, _| regex.is_match(code))
            }
            ("=", "parent") => {
                Box::new(|_, concept| concept.parents.iter().any(|parent| parent == value))
            }
            ("=", "concept") => return None,
            ("=", _) => Box::new(|_, concept| {
                concept
                    .properties
                    .iter()
                    .any(|(name, found)| name == property && found == value)
            }),
            _ => return None,
        };
        Some(
            concepts
                .iter()
                .filter(|(code, concept)| matching(code, concept))
                .map(|(code, _)| code.clone())
                .collect(),
        )
    }

    fn concept(&self, code: &str) -> Option<&Concept> {
        match &self.codes {
            Codes::Listed {
                concepts,
                ignore_case: true,
            } => concepts.get(&code.to_lowercase()),
            Codes::Listed { concepts, .. } => concepts.get(code),
            Codes::Rule(_) => None,
        }
    }

    fn descends(&self, code: &str, ancestor: &str, depth: usize) -> bool {
        depth < MAX_DEPTH
            && self.concept(code).is_some_and(|concept| {
                concept
                    .parents
                    .iter()
                    .any(|parent| parent == ancestor || self.descends(parent, ancestor, depth + 1))
            })
    }
}

fn collect(
    items: &Value,
    parent: Option<&str>,
    ignore_case: bool,
    depth: usize,
    concepts: &mut HashMap<String, Concept>,
) {
    for item in items.as_array().into_iter().flatten() {
        let Some(code) = item["code"].as_str() else {
            continue;
        };
        let code = if ignore_case {
            code.to_lowercase()
        } else {
            code.to_owned()
        };
        let properties: Vec<_> = item["property"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(property)
            .collect();
        let mut parents: Vec<String> = parent.map(str::to_owned).into_iter().collect();
        parents.extend(
            properties
                .iter()
                .filter(|(name, _)| name == "parent" || name == "subsumedBy")
                .map(|(_, value)| value.clone()),
        );
        if depth < MAX_DEPTH {
            collect(
                &item["concept"],
                Some(&code),
                ignore_case,
                depth + 1,
                concepts,
            );
        }
        let display = item["display"].as_str().map(str::to_owned);
        let known = concepts.entry(code).or_insert(Concept {
            display: None,
            parents: Vec::new(),
            properties: Vec::new(),
        });
        known.display = known.display.take().or(display);
        known.parents.append(&mut parents);
        known.properties.extend(properties);
    }
}

fn property(property: &Value) -> Option<(String, String)> {
    let name = property["code"].as_str()?.to_owned();
    let value = property
        .as_object()?
        .iter()
        .find_map(|(member, value)| member.starts_with("value").then_some(value))?;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(coding) => coding.get("code")?.as_str()?.to_owned(),
        other => other.to_string(),
    };
    Some((name, text))
}
