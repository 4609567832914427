//! A resource with one rule broken, and what must be said of it.

use fhir_assay::fhir::{Issue, Severity};
use serde_json::Value;

use crate::library::LIBRARY;

/// One step of the way from the original to the mutant; places are JSON pointers.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Sets a member or an item; a position behind the last item adds one.
    Set(String, Value),
    Remove(String),
    /// Replaces text in the document as it is written.
    Text(String, String),
}

/// A broken resource.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// The kind of rule that it breaks.
    pub kind: &'static str,
    /// Where; the issue stands there or above.
    pub place: String,
    pub edits: Vec<Edit>,
    /// Rules any of which may be named.
    pub rules: Vec<String>,
    pub severity: Severity,
    /// What of the definition is broken: the element's id, or a constraint's key.
    pub of: String,
}

impl Mutant {
    pub fn new(kind: &'static str, place: impl Into<String>, rules: &[&str]) -> Self {
        Self {
            kind,
            place: place.into(),
            edits: Vec::new(),
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            severity: Severity::Error,
            of: String::new(),
        }
    }

    /// The mutant that has another value in its place.
    pub fn setting(self, value: impl Into<Value>) -> Self {
        let place = self.place.clone();
        self.set(place, value)
    }

    pub fn set(mut self, at: impl Into<String>, value: impl Into<Value>) -> Self {
        self.edits.push(Edit::Set(at.into(), value.into()));
        self
    }

    pub fn remove(mut self, at: impl Into<String>) -> Self {
        self.edits.push(Edit::Remove(at.into()));
        self
    }

    pub fn text(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.edits.push(Edit::Text(from.into(), to.into()));
        self
    }

    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub fn of(mut self, what: impl Into<String>) -> Self {
        self.of = what.into();
        self
    }

    /// The original with the edits applied, where they stay within JSON values.
    pub fn apply(&self, original: &Value) -> Value {
        let mut out = original.clone();
        for edit in &self.edits {
            match edit {
                Edit::Set(at, value) => set(&mut out, at, value.clone()),
                Edit::Remove(at) => remove(&mut out, at),
                Edit::Text(..) => {}
            }
        }
        out
    }

    /// True where the original is said to have this very fault.
    pub fn is_known(&self, issues: &[Issue]) -> bool {
        issues
            .iter()
            .any(|issue| issue.location.pointer == self.place && self.rules.contains(&issue.rule))
    }

    /// The issues that the validator has with it.
    fn issues(&self, original: &Value) -> Vec<Issue> {
        let value = self.apply(original);
        let mut text = None;
        for edit in &self.edits {
            if let Edit::Text(from, to) = edit {
                let whole = text.unwrap_or_else(|| value.to_string());
                assert!(whole.contains(from), "{from} is not in the text");
                text = Some(whole.replacen(from, to, 1));
            }
        }
        match text {
            Some(text) => LIBRARY.validator.validate_text(&text, &[]).issues,
            None => LIBRARY.validator.validate(&value, &[]).issues,
        }
    }

    /// Whether the validator says what is wrong at its place; what it says instead, where not.
    pub fn judge(&self, original: &Value, known: &[Issue]) -> Result<(), Vec<Issue>> {
        let found = self.issues(original);
        let is_it = |issue: &Issue| {
            issue.severity >= self.severity
                && self.rules.contains(&issue.rule)
                && is_at_or_above(&issue.location.pointer, &self.place)
                && !known.contains(issue)
        };
        match found.iter().any(is_it) {
            true => Ok(()),
            false => Err(found),
        }
    }
}

fn is_at_or_above(pointer: &str, place: &str) -> bool {
    place
        .strip_prefix(pointer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Parent and last step of a pointer.
pub fn split(pointer: &str) -> (&str, &str) {
    pointer.rsplit_once('/').unwrap_or(("", pointer))
}

fn set(value: &mut Value, at: &str, new: Value) {
    let (parent, name) = split(at);
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.insert(name.to_owned(), new);
        }
        Some(Value::Array(items)) => match name.parse::<usize>() {
            Ok(index) if index < items.len() => items[index] = new,
            _ => items.push(new),
        },
        _ => panic!("nothing at {parent}"),
    }
}

fn remove(value: &mut Value, at: &str) {
    let (parent, name) = split(at);
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.remove(name);
        }
        Some(Value::Array(items)) => {
            items.remove(name.parse().expect("a position"));
        }
        _ => panic!("nothing at {parent}"),
    }
}
