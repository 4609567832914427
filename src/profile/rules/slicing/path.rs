//! Discriminator paths: the restricted FHIRPath of R4 ("Discriminator").

use std::borrow::Cow;

use serde_json::Value;

use crate::fhirpath::{Resolve, choice_member};
use crate::profile::model::{Here, Scope};

/// One step of a discriminator path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Field(String),
    Extension(String),
    Resolve,
    OfType(String),
}

/// Reads a path; `None` if it has a form that R4 does not allow.
pub fn parse(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        let (step, after) = next(rest)?;
        steps.extend(step);
        rest = match after.strip_prefix('.') {
            Some(after) => after,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(steps)
}

fn next(text: &str) -> Option<(Option<Step>, &str)> {
    if let Some(after) = text.strip_prefix("$this") {
        return Some((None, after));
    }
    let end = text
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .unwrap_or(text.len());
    let (name, after) = text.split_at_checked(end)?;
    let Some(inner) = after.strip_prefix('(') else {
        // Some authors write `value[x]`.
        let after = after.strip_prefix("[x]").unwrap_or(after);
        return (!name.is_empty()).then(|| (Some(Step::Field(name.to_owned())), after));
    };
    let (argument, after) = inner.split_once(')')?;
    let argument = argument.trim().trim_matches(['\'', '"']).to_owned();
    let step = match name {
        "extension" => Step::Extension(argument),
        "resolve" if argument.is_empty() => Step::Resolve,
        "ofType" | "as" => Step::OfType(argument),
        _ => return None,
    };
    Some((Some(step), after))
}

/// Something a path leads to.
#[derive(Debug, Clone)]
pub struct Selected<'r> {
    pub value: Option<&'r Value>,
    pub type_name: Cow<'r, str>,
}

/// Everything that a path leads to from an item. `None` where a reference on the way can't be
/// followed and nothing is known of its target.
pub fn select<'r>(item: &Here<'r>, steps: &[Step], scope: &'r Scope<'_>) -> Vec<Selected<'r>> {
    let mut current = vec![Selected {
        value: item.value,
        type_name: Cow::Borrowed(item.type_name),
    }];
    for step in steps {
        let mut next = Vec::new();
        for selected in &current {
            follow(selected, step, scope, &mut next);
        }
        current = next;
    }
    current
}

fn follow<'r>(
    selected: &Selected<'r>,
    step: &Step,
    scope: &'r Scope<'_>,
    out: &mut Vec<Selected<'r>>,
) {
    match step {
        Step::Field(name) => field(selected, name, scope, out),
        Step::Extension(url) => {
            let extensions = selected
                .value
                .and_then(|value| value.get("extension"))
                .and_then(Value::as_array);
            for extension in extensions.into_iter().flatten() {
                if extension.get("url").and_then(Value::as_str) == Some(url) {
                    out.push(Selected {
                        value: Some(extension),
                        type_name: Cow::Borrowed("Extension"),
                    });
                }
            }
        }
        Step::OfType(name) => {
            if scope.store.is_a(&selected.type_name, name) {
                out.push(selected.clone());
            }
        }
        Step::Resolve => {
            let reference = selected.value.and_then(|value| match value {
                Value::String(text) => Some(text.as_str()),
                other => other.get("reference").and_then(Value::as_str),
            });
            let Some(reference) = reference else { return };
            match scope.references.resolve(reference) {
                Some(target) => out.push(Selected {
                    type_name: resource_type(target).unwrap_or_default().into(),
                    value: Some(target),
                }),
                None => {
                    // The type at least may stand in the reference.
                    let stated = selected
                        .value
                        .and_then(|value| value.get("type"))
                        .and_then(Value::as_str);
                    if let Some(name) = crate::profile::reference::type_in(reference).or(stated) {
                        out.push(Selected {
                            value: None,
                            type_name: Cow::Owned(name.to_owned()),
                        });
                    }
                }
            }
        }
    }
}

fn field<'r>(selected: &Selected<'r>, name: &str, scope: &Scope<'_>, out: &mut Vec<Selected<'r>>) {
    let Some(Value::Object(members)) = selected.value else {
        return;
    };
    let model = scope.store.engine().model();
    let type_name = |json: &str| -> Cow<'r, str> {
        match model.child(&selected.type_name, json) {
            Some(found) => Cow::Owned(found.to_string()),
            None => Cow::Borrowed(""),
        }
    };
    let found = members
        .get_key_value(name)
        .map(|(_, value)| (value, type_name(name)));
    let found = found.or_else(|| {
        members.iter().find_map(|(json, value)| {
            let type_name = choice_member(name, json)?;
            Some((value, Cow::Borrowed(type_name)))
        })
    });
    let found = found.or_else(|| {
        // A primitive with extensions only is there, though it has no value.
        members
            .get(&format!("_{name}"))
            .map(|_| (&Value::Null, Cow::Borrowed("")))
    });
    let Some((value, type_name)) = found else {
        return;
    };
    let mut push = |value: &'r Value| {
        out.push(Selected {
            value: Some(value).filter(|value| !value.is_null()),
            type_name: match resource_type(value) {
                Some(name) => Cow::Borrowed(name),
                None => type_name.clone(),
            },
        });
    };
    match value {
        Value::Array(items) => items.iter().for_each(push),
        other => push(other),
    }
}

fn resource_type(value: &Value) -> Option<&str> {
    value.get("resourceType").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_of_r4() {
        let field = |name: &str| Step::Field(name.to_owned());
        let cases = [
            ("$this", Some(vec![])),
            (
                "code.coding.code",
                Some(vec![field("code"), field("coding"), field("code")]),
            ),
            (
                "$this.resolve().code",
                Some(vec![Step::Resolve, field("code")]),
            ),
            (
                "extension('http://a.b/c').value",
                Some(vec![Step::Extension("http://a.b/c".into()), field("value")]),
            ),
            (
                "value.ofType(Quantity)",
                Some(vec![field("value"), Step::OfType("Quantity".into())]),
            ),
            ("a.where(b = 1)", None),
            ("a+b", None),
        ];
        for (path, expected) in cases {
            assert_eq!(parse(path), expected, "{path}");
        }
    }
}
