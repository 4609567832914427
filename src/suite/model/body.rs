//! JSON with braces in its texts.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::super::friendly::FromScalar;
use super::super::template::Template;

/// A body as a case writes it.
#[derive(Debug, Clone)]
pub enum Body {
    Text(Template),
    /// A number, `true` or `false`.
    Plain(Value),
    List(Vec<Self>),
    Members(Vec<(String, Self)>),
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

/// Its texts keep their place.
impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Spanned::<Node>::deserialize(deserializer)?;
        let at = Spanned::new((), node.referenced, node.defined);
        Ok(match node.value {
            Node::Scalar(text) => Body::Text(Template::from_scalar(text, &at)),
            Node::Whole(body) => body,
        })
    }
}

enum Node {
    Scalar(String),
    Whole(Body),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Scalar(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Whole(Body::Plain(value.into())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Whole(Body::Plain(value.into())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Whole(Body::Plain(value.into())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Whole(Body::Plain(value.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Node::Whole(Body::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Node::Whole(Body::Members(members)))
    }
}
