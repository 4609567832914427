//! What an item must have to belong to a slice, from the slice's part of the definition.

use std::sync::Arc;

use serde_json::Value;

use super::source::Source;
use crate::profile::element::{Discriminator, DiscriminatorKind, Element, Max, Slicing, Strength};
use crate::profile::rules::slicing::matcher::{Matcher, Test};
use crate::profile::rules::slicing::path::{Step, parse};
use crate::profile::snapshot::Snapshot;
use crate::profile::snapshot::tree::Node;

/// Deepest chase through type profiles for a discriminator's value.
const MAX_DEPTH: usize = 12;

/// The matchers of a slice; why, where the definition does not give them.
pub fn compile(
    source: &Source,
    slicing: Option<&Slicing>,
    sliced: &Node,
    slice: &Node,
) -> Result<Vec<Matcher>, String> {
    let discriminators = slicing
        .map(|slicing| slicing.discriminators.as_slice())
        .unwrap_or_default();
    if discriminators.is_empty() {
        return fallback(source, sliced, slice);
    }
    discriminators
        .iter()
        .map(|discriminator| matcher(source, discriminator, slice))
        .collect()
}

/// Slicing without discriminators: extensions by URL, choices by type; else it can't be told.
fn fallback(source: &Source, sliced: &Node, slice: &Node) -> Result<Vec<Matcher>, String> {
    let (kind, path) = match sliced.name.as_str() {
        "extension" | "modifierExtension" => (DiscriminatorKind::Value, "url"),
        name if name.ends_with("[x]") => (DiscriminatorKind::Type, "$this"),
        _ => return Err("the slicing names no discriminator".to_owned()),
    };
    let discriminator = Discriminator {
        kind,
        path: path.to_owned(),
    };
    Ok(vec![matcher(source, &discriminator, slice)?])
}

fn matcher(
    source: &Source,
    discriminator: &Discriminator,
    slice: &Node,
) -> Result<Matcher, String> {
    let steps = parse(&discriminator.path).ok_or_else(|| {
        format!(
            "the discriminator path `{}` has a form that FHIR R4 does not allow",
            discriminator.path
        )
    })?;
    let finder = Finder {
        source,
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
    source: &'s Source,
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
                    .find(|slice| is_extension(slice, url))
                    .and_then(|slice| self.find(slice, rest, depth + 1))
                    .or_else(|| {
                        let definition = self.source.snapshots().of(url).ok()?;
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
        direct.or_else(|| self.through_profile(&node.element, steps, depth))
    }

    /// Follows the profiles of the element's type.
    fn through_profile(&self, element: &Element, steps: &[Step], depth: usize) -> Option<Test> {
        let mut found = Vec::new();
        for kind in &element.types {
            for profile in &kind.profiles {
                if let Ok(snapshot) = self.source.snapshots().of(profile) {
                    found.extend(self.find(&snapshot.root, steps, depth + 1));
                } else if kind.code == "Extension" && steps == [Step::Field("url".to_owned())] {
                    found.push(Test::Fixed(vec![Value::String(profile.clone())]));
                }
            }
            if kind.profiles.is_empty() && !steps.is_empty() && self.kind == DiscriminatorKind::Type
            {
                let snapshot = self.source.snapshots().of_type(&kind.code).ok()?;
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
            .filter_map(|target| self.source.snapshots().of(target).ok())
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

fn is_extension(slice: &Node, url: &str) -> bool {
    let by_profile = slice
        .element
        .types
        .iter()
        .flat_map(|kind| kind.profiles.iter())
        .any(|profile| profile.split('|').next() == Some(url));
    by_profile
        || slice
            .child("url")
            .and_then(|child| child.element.fixed.as_ref())
            .and_then(|fixed| fixed.as_str())
            == Some(url)
}
