//! Prescribed values, bounds and lengths.

use std::sync::Arc;

use fhir_assay::profile::element::Element;
use serde_json::{Value, json};

use crate::mutant::Mutant;
use crate::site::{Item, Site};
use crate::slice::has;

/// The prescribed value is another one.
pub fn fixed(site: &Site<'_>) -> Vec<Mutant> {
    let element = site.element();
    let mut out = Vec::new();
    // Of another URL, it would be another extension.
    if element.id == "Extension.url" {
        return out;
    }
    if let Some(fixed) = changed(element, site.base, |element| &element.fixed) {
        for item in first(site) {
            let value = other(item.value.unwrap_or(&Value::Null), fixed);
            out.extend(
                value.map(|value| {
                    Mutant::new("fixed value", &item.pointer, &["fixed"]).setting(value)
                }),
            );
        }
    }
    if let Some(pattern) = changed(element, site.base, |element| &element.pattern) {
        for item in first(site) {
            let value = other(item.value.unwrap_or(&Value::Null), pattern);
            let value = value.filter(|value| !has(value, pattern));
            out.extend(
                value.map(|value| {
                    Mutant::new("pattern", &item.pointer, &["pattern"]).setting(value)
                }),
            );
        }
    }
    out
}

fn first<'s, 'a>(site: &'s Site<'a>) -> impl Iterator<Item = &'s Item<'a>> {
    site.items
        .iter()
        .filter(|item| item.value.is_some())
        .take(1)
}

/// A part of an element's definition.
type Part = for<'e> fn(&'e Element) -> &'e Option<Arc<Value>>;

/// What the definition says, where its base does not say the same.
fn changed<'e>(element: &'e Element, base: Option<&Element>, part: Part) -> Option<&'e Value> {
    let same = base.is_some_and(|base| part(base) == part(element));
    part(element).as_deref().filter(|_| !same)
}

/// The value with another one in a place where the pattern has one.
fn other(value: &Value, pattern: &Value) -> Option<Value> {
    match (value, pattern) {
        (Value::Object(members), Value::Object(wanted)) => {
            let mut members = members.clone();
            let (name, inner) = wanted.iter().next()?;
            let changed = other(members.get(name)?, inner)?;
            members.insert(name.clone(), changed);
            Some(Value::Object(members))
        }
        (Value::Array(items), Value::Array(wanted)) => {
            let wanted = wanted.first()?;
            let items = items.iter().map(|item| match has(item, wanted) {
                true => other(item, wanted),
                false => Some(item.clone()),
            });
            Some(Value::Array(items.collect::<Option<_>>()?))
        }
        (Value::String(text), _) if text.starts_with(|first: char| first.is_ascii_digit()) => {
            Some(json!(text.replace(['0', '1', '2'], "3")).take()).filter(|new| new != value)
        }
        (Value::String(text), _) => Some(json!(format!("{text}x"))),
        (Value::Number(number), _) => Some(json!(number.as_f64()? + 1.0)),
        (Value::Bool(truth), _) => Some(json!(!truth)),
        _ => None,
    }
}

/// A value beyond a bound.
pub fn bounds(site: &Site<'_>) -> Vec<Mutant> {
    let element = site.element();
    let least = changed(element, site.base, |element| &element.min_value);
    let most = changed(element, site.base, |element| &element.max_value);
    let bounds = [("minValue", least, -1), ("maxValue", most, 1)];
    let mut out = Vec::new();
    for (kind, bound, direction) in bounds {
        let rule = if direction < 0 {
            "value-min"
        } else {
            "value-max"
        };
        for item in first(site) {
            let beyond = bound.and_then(|bound| beyond(bound, item.value?, direction));
            out.extend(
                beyond.map(|value| Mutant::new(kind, &item.pointer, &[rule]).setting(value)),
            );
        }
    }
    out
}

fn beyond(bound: &Value, value: &Value, direction: i64) -> Option<Value> {
    match bound {
        Value::Number(number) if number.is_f64() => {
            Some(json!(number.as_f64()? + 0.01 * direction as f64))
        }
        Value::Number(number) => Some(json!(number.as_i64()? + direction)),
        Value::String(text) if text.contains(':') && !text.contains('-') => {
            Some(json!(if direction < 0 {
                "00:00:00"
            } else {
                "23:59:59"
            }))
        }
        Value::String(text) => {
            let year: i64 = text.get(..4)?.parse().ok()?;
            Some(json!(format!("{}{}", year + direction, text.get(4..)?)))
        }
        Value::Object(_) => {
            let mut value = value.clone();
            value["value"] = json!(bound["value"].as_f64()? + direction as f64);
            Some(value)
        }
        _ => None,
    }
}

/// A text that is longer than allowed.
pub fn length(site: &Site<'_>) -> Vec<Mutant> {
    let Some(most) = site.element().max_length else {
        return Vec::new();
    };
    let long = "ä".repeat(most as usize + 1);
    first(site)
        .map(|item| Mutant::new("maxLength", &item.pointer, &["max-length"]).setting(long.clone()))
        .collect()
}
