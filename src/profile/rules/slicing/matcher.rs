//! Whether an item has what a slice asks for.

use serde_json::Value;

use super::path::{Selected, Step, select};
use crate::profile::element::Binding;
use crate::profile::knowledge::Coding;
use crate::profile::model::{Here, Scope, Sink};
use crate::profile::walk::conforms;
use crate::terminology::Membership;

/// One discriminator of one slice.
pub struct Matcher {
    pub steps: Vec<Step>,
    pub test: Test,
}

#[derive(Debug)]
pub enum Test {
    /// Equal to one of them.
    Fixed(Vec<Value>),
    /// Has at least what one of them has.
    Pattern(Vec<Value>),
    Binding(Binding),
    Exists(bool),
    Types(Vec<String>),
    Profiles(Vec<String>),
    /// All of several.
    All(Vec<Test>),
}

impl Test {
    /// A pattern for a part, as a pattern for the whole.
    pub fn wrap(path: Vec<String>, value: Value) -> Self {
        let whole = path.into_iter().rev().fold(value, |value, name| {
            let mut members = serde_json::Map::new();
            members.insert(name, value);
            Value::Object(members)
        });
        Self::Pattern(vec![whole])
    }

    /// One of several of the same kind.
    pub fn any(found: Vec<Self>) -> Option<Self> {
        let mut found = found.into_iter();
        let mut first = found.next()?;
        for other in found {
            match (&mut first, other) {
                (Self::Fixed(values), Self::Fixed(more) | Self::Pattern(more))
                | (Self::Pattern(values), Self::Pattern(more) | Self::Fixed(more)) => {
                    values.extend(more)
                }
                (Self::Types(names), Self::Types(more))
                | (Self::Profiles(names), Self::Profiles(more)) => names.extend(more),
                _ => {}
            }
        }
        Some(first)
    }

    fn passes(
        &self,
        selected: &[Selected<'_>],
        item: &Here<'_>,
        scope: &Scope<'_>,
        sink: &mut Sink,
    ) -> bool {
        let values = || selected.iter().filter_map(|selected| selected.value);
        match self {
            Self::Fixed(wanted) => values().any(|value| wanted.contains(value)),
            Self::Pattern(wanted) => {
                values().any(|value| wanted.iter().any(|wanted| has_pattern(value, wanted)))
            }
            Self::Exists(wanted) => selected.is_empty() != *wanted,
            Self::Types(wanted) => selected.iter().any(|selected| {
                wanted
                    .iter()
                    .any(|name| scope.store.is_a(&selected.type_name, name))
            }),
            Self::Profiles(profiles) => selected.iter().any(|selected| {
                let here = Here {
                    value: selected.value,
                    sibling: None,
                    type_name: &selected.type_name,
                    place: item.place,
                };
                profiles
                    .iter()
                    .any(|profile| conforms(&here, profile, scope, sink) == Some(true))
            }),
            Self::Binding(binding) => {
                values().any(|value| in_value_set(value, binding, scope, sink))
            }
            Self::All(tests) => tests
                .iter()
                .all(|test| test.passes(selected, item, scope, sink)),
        }
    }
}

impl Matcher {
    /// Whether an item has what the slice asks for.
    pub fn matches(&self, item: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) -> bool {
        let selected = select(item, &self.steps, scope);
        self.test.passes(&selected, item, scope, sink)
    }
}

/// Whether a value has at least what a pattern has. Where the pattern was made from parts, a list in
/// the value stands for any of its items.
fn has_pattern(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(members), Value::Object(wanted)) => wanted.iter().all(|(name, wanted)| {
            members
                .get(name)
                .is_some_and(|value| has_pattern(value, wanted))
        }),
        (Value::Array(items), Value::Array(wanted)) => wanted
            .iter()
            .all(|wanted| items.iter().any(|item| has_pattern(item, wanted))),
        (Value::Array(items), wanted) => items.iter().any(|item| has_pattern(item, wanted)),
        (value, wanted) => value == wanted,
    }
}

fn in_value_set(value: &Value, binding: &Binding, scope: &Scope<'_>, sink: &mut Sink) -> bool {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut check = |system: Option<&str>, code: &str| {
        let coding = Coding { system, code };
        match scope.store.knowledge().check(&binding.value_set, coding) {
            Membership::Member => true,
            Membership::NotMember => false,
            Membership::Unknown(why) => {
                sink.note(
                    format!(
                        "which slice items with codes of {} belong to",
                        binding.value_set
                    ),
                    why,
                );
                false
            }
        }
    };
    match value {
        Value::String(code) => check(None, code),
        Value::Object(members) => match members.get("coding").and_then(Value::as_array) {
            Some(codings) => codings.iter().any(|coding| {
                text(coding, "code")
                    .is_some_and(|code| check(text(coding, "system").as_deref(), &code))
            }),
            None => text(value, "code")
                .is_some_and(|code| check(text(value, "system").as_deref(), &code)),
        },
        _ => false,
    }
}
