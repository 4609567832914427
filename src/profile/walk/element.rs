//! Walks elements along compiled definitions.

use std::sync::{Arc, OnceLock, Weak};

use serde_json::Value;

use super::structural;
use crate::fhir::IssueCode;
use crate::profile::model::{
    Compiled, Definitions, Finding, Here, Member, Place, Scope, Shape, Sink, Target,
};

/// An element or resource against a profile, and those that it imposes; its base type is judged
/// elsewhere.
pub fn against(compiled: &Compiled, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    with_imposed(compiled, here, scope, sink, &mut Vec::new());
}

fn with_imposed(
    compiled: &Compiled,
    here: &Here<'_>,
    scope: &Scope<'_>,
    sink: &mut Sink,
    above: &mut Vec<Arc<str>>,
) {
    alone(compiled, here, scope, sink);
    above.push(Arc::clone(&compiled.url));
    for canonical in &compiled.imposed {
        match scope.store.profile(canonical) {
            // Profiles may impose each other.
            Ok(imposed) if above.contains(&imposed.url) => {}
            Ok(imposed) => with_imposed(&imposed, here, scope, sink, above),
            Err(why) => sink.note(canonical.clone(), why.to_string()),
        }
    }
}

fn alone(compiled: &Compiled, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let own = here.type_name;
    if !scope.store.is_a(own, &compiled.type_name) {
        sink.push(
            Finding::error(
                IssueCode::Structure,
                "profile-type",
                format!(
                    "{} is a profile of {}, and this is a {own}",
                    compiled.url, compiled.type_name
                ),
            )
            .fix("use a profile of this type, or another resource")
            .of(&compiled.url),
            here.place,
        );
        return;
    }
    if compiled.base {
        return;
    }
    if scope.store.is_resource_type(&compiled.type_name) {
        sink.profiles.insert(compiled.url.to_string());
    }
    sink.deeper(|sink| {
        sink.unchecked.extend(compiled.gaps.iter().cloned());
        if let Some(schema) = &compiled.schema {
            structural::check(schema, &compiled.url, here, scope, sink);
        }
        walk(&compiled.shape, here, scope, sink);
    });
}

/// One element and all below it that the shape knows.
pub fn walk(shape: &Shape, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    for rule in &shape.rules {
        rule.check(here, scope, sink);
    }
    members(shape, here, scope, sink);
}

fn members(shape: &Shape, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let Some(Value::Object(object)) = here.value else {
        return;
    };
    if shape.members.is_empty() {
        return;
    }
    let mut choices: Vec<&str> = Vec::new();
    let has_siblings = object.keys().any(|json| json.starts_with('_'));
    for (json, value) in object {
        let (bare, value, sibling) = match json.strip_prefix('_') {
            Some(bare) if object.contains_key(bare) => continue,
            Some(bare) => (bare, None, Some(value)),
            None => (json.as_str(), Some(value), None),
        };
        let Some(member) = shape.members.get(bare) else {
            continue;
        };
        if member.choice {
            if choices.contains(&member.name.as_str()) {
                several_choices(&member.name, bare, here, sink);
            }
            choices.push(&member.name);
        }
        let sibling = match &member.target {
            Target::Primitive | Target::None if has_siblings => {
                sibling.or_else(|| object.get(&format!("_{bare}")))
            }
            _ => None,
        };
        items(value, sibling, |index, value, sibling| {
            item(member, bare, index, value, sibling, here, scope, sink);
        });
    }
}

/// Calls for each item of a member, with its position where the member is a list.
pub fn items<'r>(
    value: Option<&'r Value>,
    sibling: Option<&'r Value>,
    mut each: impl FnMut(Option<usize>, Option<&'r Value>, Option<&'r Value>),
) {
    let values = value.and_then(Value::as_array);
    let siblings = sibling.and_then(Value::as_array);
    if values.is_none() && siblings.is_none() {
        each(None, value, sibling);
        return;
    }
    let count = values.map_or(0, Vec::len).max(siblings.map_or(0, Vec::len));
    for at in 0..count {
        let value = values.and_then(|values| values.get(at));
        let sibling = siblings.and_then(|siblings| siblings.get(at));
        each(
            Some(at),
            value.filter(|value| !value.is_null()),
            sibling.filter(|sibling| !sibling.is_null()),
        );
    }
}

fn several_choices(name: &str, json: &str, here: &Here<'_>, sink: &mut Sink) {
    sink.push(
        Finding::error(
            IssueCode::Structure,
            "choice",
            format!("`{json}` is a second value of {name}[x], which may have one"),
        )
        .fix("keep the value of one type"),
        here.place,
    );
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one step, used once"
)]
fn item(
    member: &Member,
    json: &str,
    index: Option<usize>,
    value: Option<&Value>,
    sibling: Option<&Value>,
    parent: &Here<'_>,
    scope: &Scope<'_>,
    sink: &mut Sink,
) {
    let type_name = value
        .and_then(|value| value.get("resourceType"))
        .and_then(Value::as_str)
        .unwrap_or(&member.type_name);
    let choice = member.choice.then_some(member.type_name.as_str());
    let place = Place::member(parent.place, &member.name, json, choice, index, type_name);
    let place = match type_name {
        "Extension" => place.of_extension(
            value
                .and_then(|value| value.get("url"))
                .and_then(Value::as_str),
        ),
        _ => place,
    };
    let here = Here {
        value,
        sibling,
        type_name,
        place: &place,
    };
    sink.deeper(|sink| {
        if let Some(shape) = &member.shape {
            walk(shape, &here, scope, sink);
        }
        match &member.target {
            Target::None | Target::Resource => {}
            Target::Type(found) => {
                if value.is_some_and(Value::is_object)
                    && let Some(compiled) = type_shape(&member.type_name, found, scope.store)
                {
                    sink.unchecked.extend(compiled.gaps.iter().cloned());
                    walk(&compiled.shape, &here, scope, sink);
                }
            }
            Target::Content(path, found) => {
                if let Some(shape) = content_shape(path, found, scope.store) {
                    walk(&shape, &here, scope, sink);
                }
            }
            Target::Primitive => primitive(member, json, index, &here, parent, scope, sink),
        }
    });
}

/// Id and extensions of a primitive.
fn primitive(
    member: &Member,
    json: &str,
    index: Option<usize>,
    here: &Here<'_>,
    parent: &Here<'_>,
    scope: &Scope<'_>,
    sink: &mut Sink,
) {
    let Some(sibling) = here.sibling else {
        if here.value.is_none() && index.is_some() {
            sink.push(
                Finding::error(
                    IssueCode::Structure,
                    "null-item",
                    "the item is null and has no extensions either",
                )
                .fix("remove the item, or give the reason in an extension at the same position of the member with the underscore"),
                here.place,
            );
        }
        return;
    };
    let Ok(element) = scope.store.base("Element") else {
        return;
    };
    let underscored = format!("_{json}");
    let choice = member.choice.then_some(member.type_name.as_str());
    let place = Place::member(
        parent.place,
        &member.name,
        &underscored,
        choice,
        index,
        &member.type_name,
    );
    let inner = Here {
        value: Some(sibling),
        sibling: None,
        type_name: &member.type_name,
        place: &place,
    };
    if sibling.as_object().is_some_and(|object| object.is_empty()) {
        sink.push(
            Finding::error(IssueCode::Structure, "empty-object", "the object is empty")
                .fix("leave it out, or give the id or the extensions that it is there for"),
            inner.place,
        );
    }
    // Whether the element has content at all is asked of value and sibling together.
    members(&element.shape, &inner, scope, sink);
}

fn type_shape(
    name: &str,
    found: &OnceLock<Weak<Compiled>>,
    store: &dyn Definitions,
) -> Option<Arc<Compiled>> {
    found
        .get_or_init(|| {
            store
                .base(name)
                .map_or_else(|_| Weak::new(), |compiled| Arc::downgrade(&compiled))
        })
        .upgrade()
}

fn content_shape(
    path: &str,
    found: &OnceLock<Weak<Shape>>,
    store: &dyn Definitions,
) -> Option<Arc<Shape>> {
    found
        .get_or_init(|| {
            let name = path.split('.').next().unwrap_or_default();
            store
                .base(name)
                .ok()
                .and_then(|compiled| compiled.named.get(path).map(Arc::downgrade))
                .unwrap_or_default()
        })
        .upgrade()
}
