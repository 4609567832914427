//! What an item must have to belong to a slice, from the slice's part of the definition.

use std::sync::Arc;

use serde_json::Value;

use super::path::{Selected, Step, parse, select};
use crate::profile::compile::Store;
use crate::profile::context::{Here, Scope, Sink, conforms};
use crate::profile::element::{
    Binding, Discriminator, DiscriminatorKind, Element, Max, Slicing, Strength,
};
use crate::profile::knowledge::Coding;
use crate::profile::snapshot::Snapshot;
use crate::profile::snapshot::tree::Node;
use crate::terminology::Membership;

/// One discriminator of one slice.
pub struct Matcher {
    steps: Vec<Step>,
    test: Test,
}

#[derive(Debug)]
enum Test {
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

/// Deepest chase through type profiles for a discriminator's value.
const MAX_DEPTH: usize = 12;

/// The matchers of a slice; why, where the definition does not give them.
pub fn compile(
    store: &Store,
    slicing: Option<&Slicing>,
    sliced: &Node,
    slice: &Node,
) -> Result<Vec<Matcher>, String> {
    let discriminators = slicing
        .map(|slicing| slicing.discriminators.as_slice())
        .unwrap_or_default();
    if discriminators.is_empty() {
        return fallback(store, sliced, slice);
    }
    discriminators
        .iter()
        .map(|discriminator| matcher(store, discriminator, slice))
        .collect()
}

/// Slicing without discriminators: extensions by URL, choices by type; else it can't be told.
fn fallback(store: &Store, sliced: &Node, slice: &Node) -> Result<Vec<Matcher>, String> {
    let (kind, path) = match sliced.name.as_str() {
        "extension" | "modifierExtension" => (DiscriminatorKind::Value, "url"),
        name if name.ends_with("[x]") => (DiscriminatorKind::Type, "$this"),
        _ => return Err("the slicing names no discriminator".to_owned()),
    };
    let discriminator = Discriminator {
        kind,
        path: path.to_owned(),
    };
    Ok(vec![matcher(store, &discriminator, slice)?])
}

fn matcher(store: &Store, discriminator: &Discriminator, slice: &Node) -> Result<Matcher, String> {
    let steps = parse(&discriminator.path).ok_or_else(|| {
        format!(
            "the discriminator path `{}` has a form that FHIR R4 does not allow",
            discriminator.path
        )
    })?;
    let finder = Finder {
        store,
        kind: discriminator.kind,
    };
    let test = finder.find(slice, &steps, 0).ok_or_else(|| {
        format!(
            "the slice does not say what `{}` must be, so its items can't be told from others",
            discriminator.path
        )
    })?;
    Ok(Matcher { steps, test })
}

struct Finder<'s> {
    store: &'s Store,
    kind: DiscriminatorKind,
}

impl Finder<'_> {
    fn find(&self, node: &Node, steps: &[Step], depth: usize) -> Option<Test> {
        if depth > MAX_DEPTH {
            return None;
        }
        let Some((step, rest)) = steps.split_first() else {
            return self.here(node, depth);
        };
        // A value given for the whole fixes its parts.
        if let Some(test) = self.within_value(&node.element, steps) {
            return Some(test);
        }
        match step {
            Step::Field(name) => self.field(node, name, steps, rest, depth),
            Step::Extension(url) => {
                let slices = node.child("extension").map(|child| child.slices.as_slice());
                slices
                    .unwrap_or_default()
                    .iter()
                    .find(|slice| is_extension(self.store, slice, url))
                    .and_then(|slice| self.find(slice, rest, depth + 1))
                    .or_else(|| {
                        let definition = self.store.snapshots().of(url).ok()?;
                        self.find(&definition.root, rest, depth + 1)
                    })
                    .or_else(|| {
                        (self.kind == DiscriminatorKind::Exists).then_some(Test::Exists(true))
                    })
            }
            Step::OfType(_) => self.find(node, rest, depth + 1),
            Step::Resolve => self.resolve(node, rest, depth),
        }
    }

    /// What the element at the end of the path must be.
    fn here(&self, node: &Node, depth: usize) -> Option<Test> {
        let element = &node.element;
        match self.kind {
            DiscriminatorKind::Value | DiscriminatorKind::Pattern => {
                if let Some(fixed) = &element.fixed {
                    return Some(Test::Fixed(vec![Value::clone(fixed)]));
                }
                if let Some(pattern) = &element.pattern {
                    return Some(Test::Pattern(vec![Value::clone(pattern)]));
                }
                self.parts(node)
                    .or_else(|| {
                        element
                            .binding
                            .clone()
                            .filter(|binding| binding.strength == Strength::Required)
                            .map(Test::Binding)
                    })
                    .or_else(|| self.through_profile(element, &[], depth))
            }
            DiscriminatorKind::Exists => Some(Test::Exists(element.max() != Max::Times(0))),
            DiscriminatorKind::Type => {
                let types: Vec<String> =
                    element.types.iter().map(|kind| kind.code.clone()).collect();
                (!types.is_empty()).then_some(Test::Types(types))
            }
            DiscriminatorKind::Profile => {
                let profiles: Vec<String> = element
                    .types
                    .iter()
                    .flat_map(|kind| kind.profiles.iter().cloned())
                    .collect();
                (!profiles.is_empty()).then_some(Test::Profiles(profiles))
            }
            DiscriminatorKind::Unknown => None,
        }
    }

    /// The element has no value of its own, but its parts have.
    fn parts(&self, node: &Node) -> Option<Test> {
        let mut tests = Vec::new();
        collect_parts(node, &mut Vec::new(), &mut tests);
        let all: Vec<Test> = tests
            .into_iter()
            .map(|(path, test)| Test::All(vec![Test::wrap(path, test)]))
            .collect();
        (!all.is_empty()).then_some(Test::All(all))
    }

    fn field(
        &self,
        node: &Node,
        name: &str,
        steps: &[Step],
        rest: &[Step],
        depth: usize,
    ) -> Option<Test> {
        let child = node.child_or_choice(name);
        let direct = child.and_then(|child| {
            self.find(child, rest, depth + 1).or_else(|| {
                // Values may stand on slices of the child.
                let found: Vec<Test> = child
                    .slices
                    .iter()
                    .filter(|slice| slice.element.min() > 0)
                    .filter_map(|slice| self.find(slice, rest, depth + 1))
                    .collect();
                (!found.is_empty()).then_some(Test::All(found))
            })
        });
        // Types and existence of an element that the slice does not mention say nothing.
        let weak = matches!(
            self.kind,
            DiscriminatorKind::Type | DiscriminatorKind::Exists
        ) && child.is_some_and(|child| child.element.fixed.is_none())
            && rest.is_empty()
            && matches!(direct, Some(Test::Exists(true)))
            && child.is_some_and(|child| child.element.min() == 0);
        match direct {
            Some(test) if !weak => Some(test),
            other => self.through_profile(&node.element, steps, depth).or(other),
        }
    }

    /// Follows the profiles of the element's type.
    fn through_profile(&self, element: &Element, steps: &[Step], depth: usize) -> Option<Test> {
        let mut found = Vec::new();
        for kind in &element.types {
            for profile in &kind.profiles {
                if let Ok(snapshot) = self.store.snapshots().of(profile) {
                    found.extend(self.find(&snapshot.root, steps, depth + 1));
                } else if kind.code == "Extension" && steps == [Step::Field("url".to_owned())] {
                    found.push(Test::Fixed(vec![Value::String(profile.clone())]));
                }
            }
            if kind.profiles.is_empty() && !steps.is_empty() && self.kind == DiscriminatorKind::Type
            {
                let snapshot = self.store.snapshots().of_type(&kind.code).ok()?;
                found.extend(self.find(&snapshot.root, steps, depth + 1));
            }
        }
        Test::any(found)
    }

    /// Targets of a reference stand for what is behind it.
    fn resolve(&self, node: &Node, rest: &[Step], depth: usize) -> Option<Test> {
        let targets: Vec<&String> = node
            .element
            .types
            .iter()
            .flat_map(|kind| kind.targets.iter())
            .collect();
        if rest.is_empty() && self.kind == DiscriminatorKind::Profile {
            return (!targets.is_empty())
                .then(|| Test::Profiles(targets.into_iter().cloned().collect()));
        }
        let snapshots: Vec<Arc<Snapshot>> = targets
            .iter()
            .filter_map(|target| self.store.snapshots().of(target).ok())
            .collect();
        if rest.is_empty() && self.kind == DiscriminatorKind::Type {
            let types: Vec<String> = snapshots
                .iter()
                .map(|snapshot| snapshot.type_name.clone())
                .collect();
            return (!types.is_empty() && types.len() == targets.len())
                .then_some(Test::Types(types));
        }
        let found: Vec<Test> = snapshots
            .iter()
            .filter_map(|snapshot| self.find(&snapshot.root, rest, depth + 1))
            .collect();
        Test::any(found)
    }

    /// The part of a fixed or pattern value that the path leads to.
    fn within_value(&self, element: &Element, steps: &[Step]) -> Option<Test> {
        if !matches!(
            self.kind,
            DiscriminatorKind::Value | DiscriminatorKind::Pattern
        ) {
            return None;
        }
        let (value, fixed) = match (&element.fixed, &element.pattern) {
            (Some(fixed), _) => (fixed, true),
            (None, Some(pattern)) => (pattern, false),
            (None, None) => return None,
        };
        let mut found = vec![value.as_ref()];
        for step in steps {
            let Step::Field(name) = step else { return None };
            found = found
                .into_iter()
                .filter_map(|value| value.get(name))
                .flat_map(|value| match value {
                    Value::Array(items) => items.iter().collect::<Vec<_>>(),
                    other => vec![other],
                })
                .collect();
        }
        let found: Vec<Value> = found.into_iter().cloned().collect();
        match (found.is_empty(), fixed) {
            (true, _) => None,
            (false, true) => Some(Test::Fixed(found)),
            (false, false) => Some(Test::Pattern(found)),
        }
    }
}

/// Fixed and pattern values below an element, each as a pattern for the element.
fn collect_parts(node: &Node, path: &mut Vec<String>, out: &mut Vec<(Vec<String>, Value)>) {
    for child in &node.children {
        path.push(child.name.clone());
        let value = child
            .element
            .fixed
            .as_ref()
            .or(child.element.pattern.as_ref());
        match value {
            Some(value) => out.push((path.clone(), Value::clone(value))),
            None => collect_parts(child, path, out),
        }
        for slice in child.slices.iter().filter(|slice| slice.element.min() > 0) {
            match slice
                .element
                .fixed
                .as_ref()
                .or(slice.element.pattern.as_ref())
            {
                Some(value) => out.push((path.clone(), Value::clone(value))),
                None => collect_parts(slice, path, out),
            }
        }
        path.pop();
    }
}

fn is_extension(store: &Store, slice: &Node, url: &str) -> bool {
    let by_profile = slice
        .element
        .types
        .iter()
        .flat_map(|kind| kind.profiles.iter())
        .any(|profile| profile.split('|').next() == Some(url));
    let _ = store;
    by_profile
        || slice
            .child("url")
            .and_then(|child| child.element.fixed.as_ref())
            .and_then(|fixed| fixed.as_str())
            == Some(url)
}

impl Test {
    /// A pattern for a part, as a pattern for the whole.
    fn wrap(path: Vec<String>, value: Value) -> Self {
        let whole = path.into_iter().rev().fold(value, |value, name| {
            let mut members = serde_json::Map::new();
            members.insert(name, value);
            Value::Object(members)
        });
        Self::Pattern(vec![whole])
    }

    /// One of several of the same kind.
    fn any(found: Vec<Self>) -> Option<Self> {
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
                wanted.iter().any(|name| {
                    selected.type_name == *name || scope.store.is_a(&selected.type_name, name)
                })
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
pub fn has_pattern(value: &Value, pattern: &Value) -> bool {
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
