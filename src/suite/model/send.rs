//! A request with a body of its own.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::friendly;
use super::super::template::Template;

/// A request of any method with a JSON body (FHIR R4 http). It is sent anew each time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SendRequest {
    pub method: SendMethod,
    /// Below the base URL; empty for the base itself.
    #[serde(default)]
    pub path: Option<Template>,
    #[serde(default)]
    pub body: Option<Body>,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// In whose name, in the words of [`Who`](super::Who).
    #[serde(default, rename = "as")]
    pub identity: Option<Template>,
}

/// The methods beside GET and HEAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendMethod {
    Post,
    Put,
    Patch,
    Delete,
}

impl SendMethod {
    /// As in a request line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// JSON with braces in its texts.
#[derive(Debug, Clone)]
pub enum Body {
    Text(Template),
    /// A number, `true` or `false`.
    Plain(Value),
    List(Vec<Self>),
    Members(Vec<(String, Self)>),
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        friendly::body(deserializer)
    }
}

impl Body {
    /// All texts, in order.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(text) => vec![text],
            Self::Plain(_) => Vec::new(),
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Members(members) => members
                .iter()
                .flat_map(|(_, member)| member.templates())
                .collect(),
        }
    }

    /// The JSON with its texts filled in. A member whose text becomes empty is left out.
    ///
    /// # Errors
    /// The first that `fill` gives.
    pub fn filled<E>(&self, fill: &dyn Fn(&Template) -> Result<String, E>) -> Result<Value, E> {
        Ok(match self {
            Self::Text(text) => Value::String(fill(text)?),
            Self::Plain(value) => value.clone(),
            Self::List(items) => {
                let items = items.iter().map(|item| item.filled(fill));
                Value::Array(items.collect::<Result<_, E>>()?)
            }
            Self::Members(members) => {
                let mut object = serde_json::Map::new();
                for (name, member) in members {
                    let value = member.filled(fill)?;
                    if value != Value::String(String::new()) {
                        object.insert(name.clone(), value);
                    }
                }
                Value::Object(object)
            }
        })
    }
}
