//! Which items belong to a slice, judged here anew: the mutator must not ask what it puts to the test.

use fhir_assay::profile::element::{Discriminator, DiscriminatorKind, Max};
use fhir_assay::profile::snapshot::tree::Node;
use serde_json::Value;

use crate::library::LIBRARY;
use crate::site::Item;

/// What an item must have at the end of a discriminator's path.
enum Wanted {
    /// At least one of these, or what has all of it.
    Values(Vec<Value>),
    Types(Vec<String>),
    Profiles(Vec<String>),
    Exists(bool),
}

/// The items of a slice; `None` where it is not for this test to tell.
pub fn members<'a>(
    document: &'a Value,
    sliced: &Node,
    slice: &Node,
    items: &[Item<'a>],
) -> Option<Vec<Item<'a>>> {
    let discriminators = discriminators(sliced, slice)?;
    let mut out = Vec::new();
    for item in items {
        if fits(document, &discriminators, slice, item)? {
            out.push(item.clone());
        }
    }
    let outer = outer_name(slice).and_then(|outer| sliced.slice(outer));
    match outer {
        Some(outer) => {
            let allowed = members(document, sliced, outer, items)?;
            out.retain(|item| allowed.iter().any(|other| other.pointer == item.pointer));
            Some(out)
        }
        None => Some(out),
    }
}

/// The slice that this one slices further.
fn outer_name(slice: &Node) -> Option<&str> {
    let name = slice.element.slice_name.as_deref()?;
    name.rsplit_once('/').map(|(outer, _)| outer)
}

/// Whether one item of a mutant still has what its slice asks for.
pub fn still_fits(document: &Value, sliced: &Node, slice: &Node, pointer: &str) -> Option<bool> {
    let value = document.pointer(pointer)?;
    let (parent, last) = crate::mutant::split(pointer);
    let json = match last.parse::<usize>() {
        Ok(_) => crate::mutant::split(parent).1,
        Err(_) => last,
    };
    let declared = crate::site::members(sliced);
    let type_name = declared
        .iter()
        .find(|(name, _)| name == json)
        .map(|(_, kind)| kind.clone());
    let item = Item {
        json: json.to_owned(),
        index: None,
        pointer: pointer.to_owned(),
        value: Some(value),
        type_name: type_name.unwrap_or_default(),
    };
    members(document, sliced, slice, &[item]).map(|found| !found.is_empty())
}

fn discriminators(sliced: &Node, slice: &Node) -> Option<Vec<Discriminator>> {
    let slicing = match outer_name(slice) {
        Some(outer) => sliced.slice(outer)?.element.slicing.as_ref(),
        None => sliced.element.slicing.as_ref(),
    };
    let given = slicing.map(|slicing| slicing.discriminators.clone());
    if let Some(given) = given.filter(|given| !given.is_empty()) {
        return Some(given);
    }
    let (kind, path) = match sliced.name.as_str() {
        "extension" | "modifierExtension" => (DiscriminatorKind::Value, "url"),
        name if name.ends_with("[x]") => (DiscriminatorKind::Type, "$this"),
        _ => return None,
    };
    Some(vec![Discriminator {
        kind,
        path: path.to_owned(),
    }])
}

fn fits(
    document: &Value,
    discriminators: &[Discriminator],
    slice: &Node,
    item: &Item<'_>,
) -> Option<bool> {
    for discriminator in discriminators {
        let steps: Vec<&str> = steps(&discriminator.path);
        let wanted = wanted(slice, &steps, discriminator.kind, 0)?;
        let mut found = vec![(item.value.cloned(), item.type_name.clone())];
        for step in &steps {
            found = found
                .into_iter()
                .flat_map(|(value, type_name)| follow(document, value, &type_name, step))
                .collect();
        }
        let fits = match wanted {
            Wanted::Values(wanted) => found.iter().any(|(value, _)| {
                let value = value.as_ref().unwrap_or(&Value::Null);
                wanted.iter().any(|wanted| has(value, wanted))
            }),
            Wanted::Types(wanted) => found.iter().any(|(_, name)| wanted.contains(name)),
            Wanted::Exists(wanted) => found.is_empty() != wanted,
            Wanted::Profiles(wanted) => found.iter().any(|(value, _)| {
                let value = value.as_ref().unwrap_or(&Value::Null);
                wanted.iter().any(|profile| conforms(value, profile))
            }),
        };
        if !fits {
            return Some(false);
        }
    }
    Some(true)
}

/// Only whole resources are asked about in the definitions of this test.
fn conforms(value: &Value, profile: &str) -> bool {
    let profiles = [profile.to_owned()];
    LIBRARY.validator.validate(value, &profiles).is_valid()
}

fn steps(path: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let end = match (rest.find('.'), rest.find('(')) {
            (Some(dot), Some(open)) if open < dot => {
                let close = rest.find(')').unwrap_or(rest.len() - 1);
                close + 1
            }
            (Some(dot), _) => dot,
            (None, _) => rest.len(),
        };
        out.push(&rest[..end]);
        rest = rest[end..].trim_start_matches('.');
    }
    out.retain(|step| *step != "$this");
    out
}

fn follow(
    document: &Value,
    value: Option<Value>,
    type_name: &str,
    step: &str,
) -> Vec<(Option<Value>, String)> {
    let Some(value) = value else {
        return Vec::new();
    };
    if step == "resolve()" {
        return resolve(document, &value).into_iter().collect();
    }
    if let Some(url) = argument(step, "extension") {
        let all = value["extension"].as_array().into_iter().flatten();
        return all
            .filter(|extension| extension["url"] == url)
            .map(|extension| (Some(extension.clone()), "Extension".to_owned()))
            .collect();
    }
    if let Some(wanted) = argument(step, "ofType") {
        return match type_name == wanted {
            true => vec![(Some(value), type_name.to_owned())],
            false => Vec::new(),
        };
    }
    let Some(members) = value.as_object() else {
        return Vec::new();
    };
    let found = members.iter().find(|(json, _)| {
        let suffix = json.strip_prefix(step);
        suffix.is_some_and(|suffix| suffix.is_empty() || is_choice(suffix))
    });
    let Some((json, value)) = found else {
        return Vec::new();
    };
    let suffix = &json[step.len()..];
    let primitive = suffix[..suffix.len().min(1)].to_lowercase() + suffix.get(1..).unwrap_or("");
    let type_name = match LIBRARY.types.contains_key(suffix) {
        true => suffix.to_owned(),
        false => primitive,
    };
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| (Some(item.clone()), type_name.clone()))
            .collect(),
        other => vec![(Some(other.clone()), type_name)],
    }
}

fn is_choice(suffix: &str) -> bool {
    let primitive = suffix[..1].to_lowercase() + &suffix[1..];
    LIBRARY.types.contains_key(suffix) || LIBRARY.types.contains_key(&primitive)
}

fn argument<'s>(step: &'s str, function: &str) -> Option<&'s str> {
    let inner = step.strip_prefix(function)?.strip_prefix('(')?;
    Some(inner.trim_end_matches(')').trim_matches('\''))
}

fn resolve(document: &Value, reference: &Value) -> Option<(Option<Value>, String)> {
    let text = reference["reference"].as_str()?;
    let contained = document["contained"].as_array().into_iter().flatten();
    let found = contained
        .filter(|resource| text.strip_prefix('#') == resource["id"].as_str())
        .find(|resource| resource["resourceType"].is_string());
    match found {
        Some(resource) => Some((
            Some(resource.clone()),
            resource["resourceType"].as_str()?.to_owned(),
        )),
        None => Some((None, text.rsplit('/').nth(1)?.to_owned())),
    }
}

/// What a slice says of the element at the end of a path.
fn wanted(node: &Node, steps: &[&str], kind: DiscriminatorKind, depth: usize) -> Option<Wanted> {
    let element = &node.element;
    if depth > 8 {
        return None;
    }
    let Some((step, rest)) = steps.split_first() else {
        return match kind {
            DiscriminatorKind::Value | DiscriminatorKind::Pattern => {
                let value = element.fixed.as_ref().or(element.pattern.as_ref());
                value.map(|value| Wanted::Values(vec![Value::clone(value)]))
            }
            DiscriminatorKind::Exists => Some(Wanted::Exists(element.max() != Max::Times(0))),
            DiscriminatorKind::Type => Some(Wanted::Types(
                element.types.iter().map(|kind| kind.code.clone()).collect(),
            )),
            DiscriminatorKind::Profile => {
                let types = element.types.iter();
                Some(Wanted::Profiles(
                    types.flat_map(|kind| kind.profiles.clone()).collect(),
                ))
            }
            DiscriminatorKind::Unknown => None,
        };
    };
    let given = element.fixed.as_ref().or(element.pattern.as_ref());
    if let Some(given) = given {
        let mut found = vec![Value::clone(given)];
        for step in steps {
            found = found
                .iter()
                .filter_map(|value| value.get(*step))
                .flat_map(|value| match value {
                    Value::Array(items) => items.clone(),
                    other => vec![other.clone()],
                })
                .collect();
        }
        return (!found.is_empty()).then_some(Wanted::Values(found));
    }
    if *step == "resolve()" {
        let targets: Vec<String> = element
            .types
            .iter()
            .flat_map(|kind| kind.targets.clone())
            .collect();
        return match (rest.is_empty(), kind) {
            (true, DiscriminatorKind::Type) => Some(Wanted::Types(
                targets
                    .iter()
                    .map(|target| match LIBRARY.profiles.get(target) {
                        Some(profile) => profile.snapshot.type_name.clone(),
                        None => target.rsplit('/').next().unwrap_or_default().to_owned(),
                    })
                    .collect(),
            )),
            (true, DiscriminatorKind::Profile) => Some(Wanted::Profiles(targets)),
            _ => None,
        };
    }
    if let Some(url) = argument(step, "extension") {
        let slices = node.child("extension").map(|child| &child.slices);
        let slice = slices.into_iter().flatten().find(|slice| {
            let mut profiles = slice.element.types.iter().flat_map(|kind| &kind.profiles);
            profiles.any(|profile| profile == url)
        });
        let definition = LIBRARY
            .profiles
            .get(url)
            .map(|profile| &profile.snapshot.root);
        return match slice {
            Some(slice) if rest.is_empty() => wanted(slice, rest, kind, depth + 1),
            Some(slice) => wanted(slice, rest, kind, depth + 1)
                .or_else(|| wanted(definition?, rest, kind, depth + 1)),
            None => wanted(definition?, rest, kind, depth + 1),
        };
    }
    if argument(step, "ofType").is_some() {
        return wanted(node, rest, kind, depth + 1);
    }
    match node.child_or_choice(step) {
        Some(child) => wanted(child, rest, kind, depth + 1),
        None => element
            .types
            .iter()
            .flat_map(|kind| &kind.profiles)
            .find_map(|profile| {
                let root = LIBRARY
                    .profiles
                    .get(profile)
                    .map(|found| &found.snapshot.root);
                match root {
                    Some(root) => wanted(root, steps, kind, depth + 1),
                    None if *step == "url" => {
                        Some(Wanted::Values(vec![Value::String(profile.clone())]))
                    }
                    None => None,
                }
            }),
    }
}

/// Whether a value has at least what another has.
pub fn has(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(members), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| members.get(name).is_some_and(|value| has(value, wanted))),
        (Value::Array(items), Value::Array(wanted)) => wanted
            .iter()
            .all(|wanted| items.iter().any(|item| has(item, wanted))),
        (value, wanted) => value == wanted,
    }
}
