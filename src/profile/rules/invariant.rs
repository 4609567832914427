//! Invariants: constraints in FHIRPath, the most frequent ones natively.

mod words;

use std::sync::Arc;

use serde_json::Value;

use crate::fhir::{IssueCode, Severity};
use crate::fhirpath::{Engine, Plan};
use crate::profile::element::Constraint;
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// One constraint of an element.
pub struct Invariant {
    key: String,
    human: String,
    severity: Severity,
    profile: Arc<str>,
    test: Test,
}

enum Test {
    Native(fn(&Here<'_>) -> bool),
    Plan(Arc<Plan>),
}

/// Why a constraint is no rule here.
pub enum Skipped {
    /// It has no expression: it is for people to judge.
    NoExpression,
    /// The expression does not parse.
    Broken(String),
}

impl Invariant {
    pub fn compile(
        constraint: &Constraint,
        profile: &Arc<str>,
        engine: &Engine,
    ) -> Result<Self, Skipped> {
        let expression = constraint
            .expression
            .as_deref()
            .ok_or(Skipped::NoExpression)?;
        let test = match native(&constraint.key, expression) {
            Some(check) => Test::Native(check),
            None => Test::Plan(
                engine
                    .compile(expression)
                    .map_err(|error| Skipped::Broken(error.to_string()))?,
            ),
        };
        Ok(Self {
            key: constraint.key.clone(),
            human: constraint.human.clone(),
            severity: match (constraint.best_practice, constraint.error) {
                (true, _) => Severity::Information,
                (false, true) => Severity::Error,
                (false, false) => Severity::Warning,
            },
            profile: Arc::clone(profile),
            test,
        })
    }

    /// What is wrong and what to do: the definition's own text, else ours, else the expression.
    fn words(&self) -> (String, Option<String>) {
        let expression = match &self.test {
            Test::Plan(plan) => Some(format!("make `{}` true", plan.expression())),
            Test::Native(_) => None,
        };
        let own = words::of(&self.key).filter(|_| {
            self.profile
                .starts_with("http://hl7.org/fhir/StructureDefinition/")
        });
        match (self.human.as_str(), own) {
            ("", Some((wrong, fix))) => (format!("{wrong} ({})", self.key), Some(fix.to_owned())),
            ("", None) => (
                format!("the constraint {} does not hold", self.key),
                expression,
            ),
            (human, Some((_, fix))) => (
                format!("the constraint {} does not hold: {human}", self.key),
                Some(fix.to_owned()),
            ),
            (human, None) => (
                format!("the constraint {} does not hold: {human}", self.key),
                expression,
            ),
        }
    }
}

impl Rule for Invariant {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let holds = match &self.test {
            Test::Native(check) => check(here),
            Test::Plan(plan) => match scope.session.satisfied(plan, here.focus()) {
                Ok(holds) => holds,
                Err(error) => {
                    sink.note(
                        format!(
                            "constraint {} of {}",
                            self.key,
                            here.place.location().expression
                        ),
                        error.to_string(),
                    );
                    return;
                }
            },
        };
        if holds {
            return;
        }
        let (message, fix) = self.words();
        let mut finding = Finding::error(IssueCode::Invariant, &self.key, message)
            .severity(self.severity)
            .of(&self.profile);
        finding.fix = fix;
        sink.push(finding, here.place);
    }
}

/// Constraints that nearly every element carries, known by key and expression.
fn native(key: &str, expression: &str) -> Option<fn(&Here<'_>) -> bool> {
    Some(match key {
        "ele-1" if expression.starts_with("hasValue() or (children().count() > id.count())") => {
            has_content
        }
        "ext-1" if expression == "extension.exists() != value.exists()" => extension_or_value,
        "dom-3" if expression.starts_with("contained.where((") => contained_is_referred_to,
        _ => return None,
    })
}

/// ele-1: a value, or something besides an id.
fn has_content(here: &Here<'_>) -> bool {
    let beyond_id = |value: Option<&Value>| {
        value
            .and_then(Value::as_object)
            .is_some_and(|members| members.keys().any(|key| key != "id"))
    };
    match here.value {
        Some(Value::Object(members)) => members.keys().any(|key| key != "id"),
        Some(Value::Null) | None => beyond_id(here.sibling),
        Some(_) => true,
    }
}

/// ext-1: nested extensions or a value, not both, not neither.
fn extension_or_value(here: &Here<'_>) -> bool {
    let Some(Value::Object(members)) = here.value else {
        return true;
    };
    let value = members
        .keys()
        .any(|key| key.strip_prefix('_').unwrap_or(key).starts_with("value"));
    members.contains_key("extension") != value
}

/// dom-3: every contained resource is referred to from the resource (or refers to it).
fn contained_is_referred_to(here: &Here<'_>) -> bool {
    let Some(Value::Object(members)) = here.value else {
        return true;
    };
    let Some(Value::Array(contained)) = members.get("contained") else {
        return true;
    };
    let mut local = std::collections::HashSet::new();
    for value in members.values() {
        fragments(value, 0, &mut local);
    }
    contained.iter().all(|resource| {
        let id = resource.get("id").and_then(Value::as_str);
        let refers_back = || {
            let mut own = std::collections::HashSet::new();
            fragments(resource, 0, &mut own);
            own.contains("")
        };
        id.is_some_and(|id| local.contains(id)) || refers_back()
    })
}

/// Texts that begin with `#`, without it.
fn fragments<'v>(value: &'v Value, depth: usize, found: &mut std::collections::HashSet<&'v str>) {
    match value {
        Value::String(text) => {
            if let Some(id) = text.strip_prefix('#') {
                found.insert(id);
            }
        }
        Value::Array(items) if depth < 128 => items
            .iter()
            .for_each(|item| fragments(item, depth + 1, found)),
        Value::Object(members) if depth < 128 => members
            .values()
            .for_each(|member| fragments(member, depth + 1, found)),
        _ => {}
    }
}
