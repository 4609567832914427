//! What a collection holds: elements of the resource, borrowed, and computed values.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::super::Focus;
use super::super::model::{Model, choice_member};

/// One item of a collection.
#[derive(Debug, Clone)]
pub(in crate::fhirpath) enum Item<'a> {
    Element(Element<'a>),
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    String(Cow<'a, str>),
}

/// An element: its value and, for a primitive, the object with its id and extensions.
#[derive(Debug, Clone)]
pub(in crate::fhirpath) struct Element<'a> {
    pub(super) value: Option<&'a Value>,
    pub(super) sibling: Option<&'a Value>,
    /// Type or path, where types are followed and known; empty for unknown.
    pub(super) type_name: TypeName<'a>,
}

/// A type's name, borrowed or shared.
#[derive(Debug, Clone)]
pub(super) enum TypeName<'a> {
    Known(&'a str),
    Shared(Arc<str>),
}

impl TypeName<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Known(name) => name,
            Self::Shared(name) => name,
        }
    }
}

impl<'a> Element<'a> {
    pub(super) fn resource(value: &'a Value) -> Self {
        let name = value
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or_default();
        Self {
            value: Some(value),
            sibling: None,
            type_name: TypeName::Known(name),
        }
    }

    /// Appends the children of a name.
    pub(super) fn child(&self, name: &str, model: Option<&Model>, out: &mut Vec<Item<'a>>) {
        let Some(Value::Object(members)) = self.value else {
            // A primitive: only its id and extensions.
            if let Some(Value::Object(members)) = self.sibling
                && let Some(value) = members.get(name)
            {
                push_all(Some(value), None, &self.child_type(name, model), out);
            }
            return;
        };
        let value = members.get(name);
        let sibling = if members.len() > 1 {
            sibling(members, name)
        } else {
            None
        };
        if value.is_some() || sibling.is_some() {
            if name == "resourceType" {
                return;
            }
            push_all(value, sibling, &self.child_type(name, model), out);
            return;
        }
        for (key, value) in members {
            let (key, value, sibling) = match key.strip_prefix('_') {
                Some(bare) if !members.contains_key(bare) => (bare, None, Some(value)),
                Some(_) => continue,
                None => (key.as_str(), Some(value), None),
            };
            if let Some(type_name) = choice_member(name, key) {
                let sibling = sibling.or_else(|| self::sibling(members, key));
                push_all(value, sibling, &TypeName::Known(type_name), out);
            }
        }
    }

    /// Appends all children.
    pub(super) fn children(&self, model: Option<&Model>, out: &mut Vec<Item<'a>>) {
        let members = match (self.value, self.sibling) {
            (Some(Value::Object(members)), _) | (_, Some(Value::Object(members))) => members,
            _ => return,
        };
        for (key, value) in members {
            if key == "resourceType" {
                continue;
            }
            match key.strip_prefix('_') {
                Some(bare) if members.contains_key(bare) => {}
                Some(bare) => push_all(None, Some(value), &self.member_type(bare, model), out),
                None => push_all(
                    Some(value),
                    sibling(members, key),
                    &self.member_type(key, model),
                    out,
                ),
            }
        }
    }

    /// Type of a child by element name.
    fn child_type(&self, name: &str, model: Option<&Model>) -> TypeName<'a> {
        let Some(model) = model else {
            return TypeName::Known("");
        };
        let parent = match self.type_name.as_str() {
            "" => "Element",
            known => known,
        };
        match model.child(parent, name) {
            Some(found) => TypeName::Shared(found),
            None => TypeName::Known(""),
        }
    }

    /// Type of a child by the member's name, which may hold the type of a choice.
    fn member_type(&self, key: &str, model: Option<&Model>) -> TypeName<'a> {
        let found = self.child_type(key, model);
        if model.is_none() || !found.as_str().is_empty() {
            return found;
        }
        key.char_indices()
            .skip(1)
            .filter(|(_, letter)| letter.is_ascii_uppercase())
            .find_map(|(at, _)| choice_member(key.get(..at)?, key))
            .map_or(found, TypeName::Known)
    }
}

fn sibling<'a>(members: &'a serde_json::Map<String, Value>, name: &str) -> Option<&'a Value> {
    // Member names are short; this avoids an allocation for each step.
    let mut buffer = [0u8; 64];
    let end = name.len() + 1;
    let key = buffer.get_mut(..end)?;
    let (first, rest) = key.split_first_mut()?;
    *first = b'_';
    rest.copy_from_slice(name.as_bytes());
    members.get(std::str::from_utf8(buffer.get(..end)?).ok()?)
}

fn push_all<'a>(
    value: Option<&'a Value>,
    sibling: Option<&'a Value>,
    type_name: &TypeName<'a>,
    out: &mut Vec<Item<'a>>,
) {
    let value_items = value.and_then(Value::as_array);
    let sibling_items = sibling.and_then(Value::as_array);
    if value_items.is_none() && sibling_items.is_none() {
        push(value, sibling, type_name, out);
        return;
    }
    let count = value_items
        .map_or(0, Vec::len)
        .max(sibling_items.map_or(0, Vec::len));
    for at in 0..count {
        push(
            value_items.and_then(|items| items.get(at)),
            sibling_items.and_then(|items| items.get(at)),
            type_name,
            out,
        );
    }
}

fn push<'a>(
    value: Option<&'a Value>,
    sibling: Option<&'a Value>,
    type_name: &TypeName<'a>,
    out: &mut Vec<Item<'a>>,
) {
    let value = value.filter(|value| !value.is_null());
    let sibling = sibling.filter(|sibling| !sibling.is_null());
    if value.is_none() && sibling.is_none() {
        return;
    }
    let type_name = match value.and_then(|value| value.get("resourceType")) {
        Some(Value::String(name)) => TypeName::Known(name),
        _ => type_name.clone(),
    };
    out.push(Item::Element(Element {
        value,
        sibling,
        type_name,
    }));
}

impl<'a> Item<'a> {
    /// True for the very element, not for one that is equal.
    pub(in crate::fhirpath) fn is_at(&self, element: Focus<'_>) -> bool {
        let same = |own: Option<&Value>, other: Option<&Value>| {
            own.zip(other)
                .is_some_and(|(own, other)| std::ptr::eq(own, other))
        };
        matches!(self, Self::Element(own)
            if same(own.value, element.value) || same(own.sibling, element.sibling))
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(truth) => Some(*truth),
            Self::Element(element) => element.value.and_then(Value::as_bool),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Element(element) => element.value.and_then(Value::as_str),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Decimal(number) => Some(*number),
            Self::Element(element) => element.value.and_then(Value::as_f64),
            _ => None,
        }
    }

    pub(super) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Element(element) => element.value.and_then(Value::as_i64),
            _ => None,
        }
    }

    /// True for a primitive that has a value (FHIR's `hasValue()`).
    pub(super) fn has_value(&self) -> bool {
        match self {
            Self::Element(element) => element
                .value
                .is_some_and(|value| !value.is_object() && !value.is_array()),
            _ => true,
        }
    }

    pub(super) fn is_complex(&self) -> bool {
        matches!(self, Self::Element(element) if element.value.is_some_and(Value::is_object))
    }

    pub(in crate::fhirpath) fn to_json(&self) -> Option<Value> {
        match self {
            Self::Element(element) => element.value.cloned(),
            Self::Boolean(truth) => Some(Value::Bool(*truth)),
            Self::Integer(number) => Some((*number).into()),
            Self::Decimal(number) => serde_json::Number::from_f64(*number).map(Value::Number),
            Self::String(text) => Some(Value::String(text.clone().into_owned())),
        }
    }

    /// Text of a primitive, as `toString()` gives it.
    pub(super) fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::String(text) => Some(text.clone()),
            Self::Boolean(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
            Self::Integer(number) => Some(Cow::Owned(number.to_string())),
            Self::Decimal(number) => Some(Cow::Owned(number.to_string())),
            Self::Element(element) => match element.value? {
                Value::String(text) => Some(Cow::Borrowed(text)),
                Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
                Value::Number(number) => Some(Cow::Owned(number.to_string())),
                _ => None,
            },
        }
    }

    /// Equality of FHIRPath: `None` where it can't be said (dates of different precision).
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        if let (Self::Element(left), Self::Element(right)) = (self, other)
            && (self.is_complex() || other.is_complex())
        {
            return Some(left.value == right.value);
        }
        if let (Some(left), Some(right)) = (self.as_str(), other.as_str()) {
            if left == right {
                return Some(true);
            }
            return super::temporal::compare(left, right)
                .map_or(Some(false), |order| order.map(std::cmp::Ordering::is_eq));
        }
        if let (Some(left), Some(right)) = (self.as_number(), other.as_number()) {
            return Some(left == right);
        }
        if let (Some(left), Some(right)) = (self.as_bool(), other.as_bool()) {
            return Some(left == right);
        }
        Some(false)
    }
}
