//! A code system whose codes are at hand: listed, or decided by a rule.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use regex::Regex;
use serde_json::Value;

use super::concept::{Concept, fold};
use super::hierarchy;
use super::membership::Membership;

/// The codes of a system, as far as they are known.
#[derive(Debug)]
pub(super) struct CodeSystem {
    codes: Codes,
    ignore_case: bool,
    /// Why a code that is not among them may be one all the same.
    doubt: Option<String>,
    /// Properties that say something about concepts.
    properties: HashSet<String>,
}

/// Decides whether a system has a code.
pub(super) type Rule = fn(&str) -> bool;

#[derive(Debug)]
enum Codes {
    Listed(HashMap<String, Concept>),
    Rule(Rule),
}

impl CodeSystem {
    pub(super) fn by_rule(rule: Rule) -> Self {
        Self::new(Codes::Rule(rule), false, None)
    }

    /// A system of bare codes.
    pub(super) fn of_codes<'a>(codes: impl Iterator<Item = &'a str>) -> Self {
        let concepts = codes.map(|code| (code.to_owned(), Concept::default()));
        Self::new(Codes::Listed(concepts.collect()), false, None)
    }

    fn new(codes: Codes, ignore_case: bool, doubt: Option<String>) -> Self {
        Self {
            codes,
            ignore_case,
            doubt,
            properties: HashSet::new(),
        }
    }

    /// The system of this definition; `None` where the definition holds no codes, or those of
    /// another system (FHIR R4, CodeSystem.content).
    pub(super) fn read(definition: &Value) -> Option<Self> {
        let doubt = match definition["content"].as_str()? {
            "complete" => None,
            "fragment" | "example" => Some(format!(
                "only some codes of {} are at hand",
                definition["url"].as_str().unwrap_or_default()
            )),
            _ => return None,
        };
        let ignore_case = definition["caseSensitive"] == false;
        let concepts = hierarchy::collect(definition, ignore_case);
        let declared = definition["property"].as_array().into_iter().flatten();
        let mut properties: HashSet<String> = declared
            .filter_map(|property| property["code"].as_str())
            .map(str::to_owned)
            .collect();
        for (name, _) in concepts.values().flat_map(|concept| &concept.properties) {
            if !properties.contains(name) {
                properties.insert(name.clone());
            }
        }
        let codes = Codes::Listed(concepts);
        let mut system = Self::new(codes, ignore_case, doubt);
        system.properties = properties;
        Some(system)
    }

    pub(super) fn membership(&self, code: &str) -> Membership {
        match (&self.codes, &self.doubt) {
            (Codes::Rule(rule), _) => Membership::of(rule(code)),
            (Codes::Listed(concepts), _) if concepts.contains_key(&*self.fold(code)) => {
                Membership::Member
            }
            (_, Some(doubt)) => Membership::Unknown(doubt.clone()),
            (_, None) => Membership::NotMember,
        }
    }

    /// Why a code that is not listed may be one all the same.
    pub(super) fn doubt(&self) -> Option<&str> {
        self.doubt.as_deref()
    }

    pub(super) fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// The form in which codes are compared.
    pub(super) fn fold<'a>(&self, code: &'a str) -> Cow<'a, str> {
        fold(code, self.ignore_case)
    }

    pub(super) fn display(&self, code: &str) -> Option<&str> {
        self.concept(code)?.display.as_deref()
    }

    /// The display of a code, and whatever else it may be shown as.
    pub(super) fn displays(&self, code: &str) -> impl Iterator<Item = &str> {
        self.concept(code).into_iter().flat_map(|concept| {
            let others = concept.designations.iter();
            concept.display.iter().chain(others).map(String::as_str)
        })
    }

    /// All codes, where they are listed and written in one way only.
    pub(super) fn codes(&self) -> Option<impl Iterator<Item = &str>> {
        match &self.codes {
            Codes::Listed(concepts) if self.doubt.is_none() && !self.ignore_case => {
                Some(concepts.keys().map(String::as_str))
            }
            _ => None,
        }
    }

    /// The codes for which a filter of a value set holds; `None` where that cannot be decided
    /// (FHIR R4, value set `filter-operator`).
    pub(super) fn filtered(
        &self,
        property: &str,
        operator: &str,
        value: &str,
    ) -> Option<HashSet<String>> {
        let Codes::Listed(concepts) = &self.codes else {
            return None;
        };
        let is_code = matches!(property, "code" | "concept");
        if !is_code
            && !matches!(property, "display" | "parent")
            && !self.properties.contains(property)
        {
            return None;
        }
        let root = &*self.fold(value);
        let by_hierarchy = match operator {
            "is-a" => Some(hierarchy::descendants(concepts, root, true)?),
            "descendent-of" => Some(hierarchy::descendants(concepts, root, false)?),
            "generalizes" => Some(hierarchy::ancestors(concepts, root)?),
            "is-not-a" => {
                let below = hierarchy::descendants(concepts, root, true)?;
                let others = concepts.keys().map(String::as_str);
                Some(others.filter(|code| !below.contains(code)).collect())
            }
            _ => None,
        };
        if let Some(codes) = by_hierarchy {
            return Some(codes.into_iter().map(str::to_owned).collect());
        }
        let holds = self.test(operator, value)?;
        let selected = concepts.iter().filter(|(code, concept)| match property {
            "code" | "concept" => holds(&[code]),
            "display" => holds(
                &concept
                    .display
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            ),
            "parent" => holds(
                &concept
                    .parents
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            ),
            _ => holds(&concept.values(property)),
        });
        Some(selected.map(|(code, _)| code.clone()).collect())
    }

    /// The test that an operator makes of the values of a property.
    fn test<'a>(&'a self, operator: &str, value: &'a str) -> Option<Test<'a>> {
        let is = move |wanted: &str, found: &str| self.fold(wanted) == self.fold(found);
        Some(match operator {
            // A flag that is not set is false.
            "=" if value == "false" => Box::new(|values| !values.contains(&"true")),
            "=" => Box::new(move |values| values.iter().any(|found| is(value, found))),
            "in" | "not-in" => {
                let wanted = operator == "in";
                Box::new(move |values| {
                    let among = |found: &&str| value.split(',').any(|item| is(item.trim(), found));
                    values.iter().any(among) == wanted
                })
            }
            "exists" => Box::new(move |values| values.is_empty() == (value == "false")),
            "regex" => {
                let regex = Regex::new(&format!("^(?:{value})$")).ok()?;
                Box::new(move |values| values.iter().any(|found| regex.is_match(found)))
            }
            _ => return None,
        })
    }

    fn concept(&self, code: &str) -> Option<&Concept> {
        match &self.codes {
            Codes::Listed(concepts) => concepts.get(&*self.fold(code)),
            Codes::Rule(_) => None,
        }
    }
}

type Test<'a> = Box<dyn Fn(&[&str]) -> bool + 'a>;
