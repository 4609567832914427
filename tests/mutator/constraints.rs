//! Constraints that no small change of the other subjects breaks: for each a valid resource, and what
//! breaks it.

use std::collections::BTreeSet;

use fhir_assay::fhir::Issue;
use fhir_assay::profile::snapshot::tree::Node;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::library::{LIBRARY, folder};
use crate::mutant::Mutant;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: String,
    resource: Value,
    /// By JSON pointer.
    set: Map<String, Value>,
    remove: Vec<String>,
}

impl Row {
    fn broken(&self) -> Value {
        let begin = Mutant::new("invariant", "", &[]);
        let set = self.set.iter().fold(begin, |mutant, (at, value)| {
            mutant.set(at.clone(), value.clone())
        });
        let removed = self
            .remove
            .iter()
            .fold(set, |mutant, at| mutant.remove(at.clone()));
        removed.apply(&self.resource)
    }
}

fn issues(resource: &Value, key: &str) -> Vec<Issue> {
    let issues = LIBRARY.validator.validate(resource, &[]).issues.into_iter();
    issues.filter(|issue| issue.rule == key).collect()
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(folder("constraints.json")).expect("the rows");
    serde_json::from_str(&text).expect("rows")
}

/// Constraints that are not broken here, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("ctm-1", "needs a target outside the resource"),
    (
        "eld-11",
        "as published, it holds of whatever has a type: the list it selects is never empty",
    ),
    ("ele-1", "a kind of its own: empty object"),
    ("ext-1", "a kind of its own: extension value"),
    ("mqty-1", "of MoneyQuantity, which no element of R4 has"),
    ("txt-1", "a kind of its own: narrative"),
    ("txt-2", "a kind of its own: narrative"),
];

/// Constraints of the definitions that neither a row nor a mutant of a subject breaks.
pub fn unbroken(by_mutants: &BTreeSet<String>) -> Vec<String> {
    let roots = LIBRARY.types.values();
    let profiles = LIBRARY.profiles.values();
    let roots = roots.chain(profiles.map(|profile| &profile.snapshot.root));
    let elements = roots.flat_map(Node::flatten);
    let defined = elements.flat_map(|element| &element.constraints);
    let mut keys: BTreeSet<String> = defined.map(|constraint| constraint.key.clone()).collect();
    for row in rows() {
        keys.remove(&row.key);
    }
    keys.retain(|key| {
        // Of the names, which all have to be of one form, the rows have many.
        !by_mutants.contains(key)
            && !key.ends_with("-0")
            && !LEFT_OUT.iter().any(|(left_out, _)| left_out == key)
    });
    keys.into_iter().collect()
}

#[test]
fn each_constraint_is_kept_and_broken() {
    let rows = rows();
    let mut wrong = Vec::new();
    for row in &rows {
        let before = issues(&row.resource, &row.key);
        if !before.is_empty() {
            wrong.push(format!("{}: a false alarm: {before:?}", row.key));
        }
        if issues(&row.broken(), &row.key).is_empty() {
            let found = LIBRARY.validator.validate(&row.broken(), &[]).issues;
            let found: Vec<String> = found.into_iter().map(|issue| issue.rule).collect();
            wrong.push(format!("{}: missed; found {found:?}", row.key));
        }
    }
    println!("{} constraints", rows.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
