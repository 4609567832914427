//! The published schema and the Rust types say the same.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fixture;
use crate::fhir::{IssueCode, Severity};
use crate::http::exchange::FailureKind;
use crate::outcome::{Evidence, RunOutcome, SkipKind, Verdict};
use crate::report::SCHEMA;
use crate::suite::{Actor, Conformance};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).expect("the schema is a schema")
}

fn record() -> Value {
    serde_json::to_value(fixture::outcome()).expect("a record serializes")
}

#[test]
fn the_schema_keeps_its_own_rules() {
    jsonschema::meta::validate(&schema()).expect("a valid JSON Schema");
}

#[test]
fn records_are_valid_and_read_back_the_same() {
    let record = record();
    let errors: Vec<String> = validator()
        .iter_errors(&record)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let again: RunOutcome = serde_json::from_value(record.clone()).expect("a record is read");
    assert_eq!(serde_json::to_value(again).expect("serializes"), record);
}

/// Calls `change` with a copy of the record for each object in it and each of its members.
fn for_each_member(record: &Value, change: &mut dyn FnMut(&str, &str)) {
    fn walk(value: &Value, pointer: &str, change: &mut dyn FnMut(&str, &str)) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    change(pointer, name);
                    walk(member, &format!("{pointer}/{name}"), change);
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    walk(item, &format!("{pointer}/{at}"), change);
                }
            }
            _ => {}
        }
    }
    walk(record, "", change);
}

/// A member that the Rust types have and the schema has not, or the other way round, shows here.
#[test]
fn a_member_is_demanded_by_both_or_by_neither_and_none_is_added() {
    let (record, validator) = (record(), validator());
    let mut seen = BTreeSet::new();
    for_each_member(&record, &mut |pointer, name| {
        // One object of each kind will do.
        let kind: String = pointer
            .split('/')
            .filter(|part| part.parse::<usize>().is_err())
            .collect::<Vec<_>>()
            .join("/");
        if !seen.insert((kind, name.to_owned())) {
            return;
        }
        let place = format!("{pointer}/{name}");
        let mut without = record.clone();
        let object = without.pointer_mut(pointer).expect("the object");
        object.as_object_mut().expect("an object").remove(name);
        let is_read = serde_json::from_value::<RunOutcome>(without.clone()).is_ok();
        let has_default = name == "cut";
        assert!(
            validator.is_valid(&without) == is_read || has_default,
            "without {place}: the types {} it",
            if is_read { "allow" } else { "refuse" }
        );
        if !pointer.ends_with("/tests") && !pointer.ends_with("/skips") {
            let mut more = record.clone();
            let object = more.pointer_mut(pointer).expect("the object");
            object["member-that-nobody-knows"] = json!(1);
            assert!(!validator.is_valid(&more), "more members at {pointer}");
        }
        let mut other = record.clone();
        *other.pointer_mut(&place).expect("the member") = json!({ "nobody": "knows" });
        assert!(!validator.is_valid(&other), "{place} of another type");
    });
    assert!(seen.len() > 60, "only {} members were seen", seen.len());
}

/// Every property of the schema stands in the record, so that none is left over from a type that
/// changed.
#[test]
fn the_schema_has_no_property_that_no_record_has() {
    let text = record().to_string();
    let schema = schema();
    let definitions = schema["$defs"].as_object().expect("definitions");
    for (kind, definition) in definitions
        .iter()
        .chain([(&"the record".to_owned(), &schema)])
    {
        for name in definition["properties"]
            .as_object()
            .into_iter()
            .flat_map(|properties| properties.keys())
        {
            assert!(text.contains(&format!("\"{name}\":")), "{kind}.{name}");
        }
        assert!(definition["description"].is_string(), "{kind} is described");
    }
}

/// The names that a definition of the schema lists are those of the Rust type, no more, no fewer.
fn assert_same<T: Serialize + DeserializeOwned>(definition: &str, all: &[T]) {
    let schema = schema();
    let listed: BTreeSet<String> = schema["$defs"][definition]["enum"]
        .as_array()
        .unwrap_or_else(|| panic!("{definition} lists its values"))
        .iter()
        .map(|value| value.as_str().expect("a name").to_owned())
        .collect();
    let ours: BTreeSet<String> = all.iter().map(crate::report::words::name_of).collect();
    assert_eq!(listed, ours, "{definition}");
    for name in listed {
        assert!(serde_json::from_value::<T>(json!(name)).is_ok(), "{name}");
    }
}

/// Lists all variants of an enum; a variant that is missing does not compile.
macro_rules! variants {
    ($kind:ident: $($variant:ident)+) => {{
        let _complete = |value: $kind| match value {
            $($kind::$variant => (),)+
        };
        [$($kind::$variant),+]
    }};
}

#[test]
fn names_of_values_are_the_same() {
    assert_same("Verdict", &variants!(Verdict: Skip Pass Warning Fail Error));
    assert_same(
        "SkipKind",
        &variants!(SkipKind: NotApplicable NoData Blocked Deselected),
    );
    assert_same("Evidence", &variants!(Evidence: Full Failures None));
    assert_same(
        "Severity",
        &variants!(Severity: Information Warning Error Fatal),
    );
    assert_same("Conformance", &variants!(Conformance: May Should Shall));
    assert_same(
        "Actor",
        &variants!(Actor: ResourceAccessProvider ResourceConsumer DocumentAccessProvider
            DocumentConsumer DocumentPublisher ResourceProducer AuthorizationServer
            AuthorizationClient),
    );
    assert_same(
        "FailureKind",
        &variants!(FailureKind: Connect Tls Reset Timeout TooLarge RedirectLoop Malformed
            ForeignOrigin NoToken Interrupted),
    );
    assert_same(
        "IssueCode",
        &variants!(IssueCode: Structure Required Value Invariant CodeInvalid Extension NotFound
            NotSupported BusinessRule TooLong Duplicate Informational),
    );
}
