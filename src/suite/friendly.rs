//! Shapes that read well in YAML and keep their place: one or many, maps in the order as written.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_saphyr::Spanned;

use super::model::{Body, Capability, QueryValue, Requires, SeedValue, Source, Values};
use super::template::Template;

/// A map as pairs in the order as written; keys keep their place.
pub fn ordered<'de, D, K, V>(deserializer: D) -> Result<Vec<(K, V)>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de>,
    V: Deserialize<'de>,
{
    struct Pairs<K, V>(PhantomData<(K, V)>);
    impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Pairs<K, V> {
        type Value = Vec<(K, V)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    deserializer.deserialize_map(Pairs(PhantomData))
}

/// One value, or a list of them.
pub fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + FromScalar,
{
    Ok(Spanned::<OneOrMany<T>>::deserialize(deserializer)?.into_values())
}

/// Status codes (`404`) and classes of them (`4xx`).
pub fn status_codes<'de, D>(deserializer: D) -> Result<Vec<Spanned<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    let codes: Vec<Spanned<String>> = one_or_many(deserializer)?;
    let is_code = |code: &str| match code.as_bytes() {
        [b'1'..=b'5', b'x', b'x'] => true,
        [b'1'..=b'5', tens, ones] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        _ => false,
    };
    match codes.iter().find(|code| !is_code(&code.value)) {
        None => Ok(codes),
        Some(other) => Err(D::Error::invalid_value(
            Unexpected::Str(&other.value),
            &"a status code such as 404, or a class such as 4xx",
        )),
    }
}

/// Like [`one_or_many`], for the values of a map in the order as written.
pub fn ordered_one_or_many<'de, D, K, T>(deserializer: D) -> Result<Vec<(K, Vec<T>)>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de>,
    T: Deserialize<'de> + FromScalar,
{
    let pairs: Vec<(K, Spanned<OneOrMany<T>>)> = ordered(deserializer)?;
    Ok(pairs
        .into_iter()
        .map(|(key, values)| (key, values.into_values()))
        .collect())
}

/// What a plain scalar can become where a list may stand too.
pub trait FromScalar: Sized {
    /// Makes the value; its place is filled in from `at`.
    fn from_scalar(text: String, at: &Spanned<()>) -> Self;
    /// Reads a map, where a value may be one.
    ///
    /// # Errors
    /// When no map may stand here, or this one is wrong.
    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        drop(map);
        Err(A::Error::invalid_type(
            Unexpected::Map,
            &"text or a list of texts",
        ))
    }
}

impl FromScalar for Spanned<String> {
    fn from_scalar(text: String, at: &Spanned<()>) -> Self {
        Spanned::new(text, at.referenced, at.defined)
    }
}

impl FromScalar for Template {
    fn from_scalar(text: String, at: &Spanned<()>) -> Self {
        Template(Spanned::from_scalar(text, at))
    }
}

impl FromScalar for String {
    fn from_scalar(text: String, _: &Spanned<()>) -> Self {
        text
    }
}

impl FromScalar for QueryValue {
    fn from_scalar(text: String, at: &Spanned<()>) -> Self {
        QueryValue::Text(Template::from_scalar(text, at))
    }

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        const KINDS: &[&str] = &["from"];
        let value = match map.next_key::<String>()?.as_deref() {
            Some("from") => QueryValue::From(map.next_value::<SeedValue>()?),
            Some(other) => return Err(A::Error::unknown_variant(other, KINDS)),
            None => return Err(A::Error::missing_field("from")),
        };
        match map.next_key::<String>()? {
            None => Ok(value),
            Some(other) => Err(A::Error::unknown_field(&other, KINDS)),
        }
    }
}

enum OneOrMany<T> {
    Scalar(String),
    One(T),
    Many(Vec<T>),
}

trait IntoValues<T> {
    fn into_values(self) -> Vec<T>;
}

impl<T: FromScalar> IntoValues<T> for Spanned<OneOrMany<T>> {
    fn into_values(self) -> Vec<T> {
        let at = Spanned::new((), self.referenced, self.defined);
        match self.value {
            OneOrMany::Scalar(text) => vec![T::from_scalar(text, &at)],
            OneOrMany::One(value) => vec![value],
            OneOrMany::Many(values) => values,
        }
    }
}

impl<'de, T: Deserialize<'de> + FromScalar> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + FromScalar> Visitor<'de> for Shape<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value or a list of values (quote fractions)")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(OneOrMany::Scalar(text.to_owned()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(OneOrMany::Scalar(number.to_string()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(OneOrMany::Scalar(number.to_string()))
            }
            fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(OneOrMany::Scalar(truth.to_string()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(OneOrMany::Many(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::from_map(map).map(OneOrMany::One)
            }
        }
        deserializer.deserialize_any(Shape(PhantomData))
    }
}

/// A single query value inside a list: text or a kind.
impl<'de> Deserialize<'de> for QueryValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Spanned::<OneOrMany<QueryValue>>::deserialize(deserializer)?;
        let at = Spanned::new((), value.referenced, value.defined);
        match value.value {
            OneOrMany::Scalar(text) => Ok(QueryValue::from_scalar(text, &at)),
            OneOrMany::One(value) => Ok(value),
            OneOrMany::Many(_) => Err(D::Error::invalid_type(
                Unexpected::Seq,
                &"text or a kind of value; lists do not nest",
            )),
        }
    }
}

/// A list stands for `{in: [...]}`.
impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> Visitor<'de> for Shape {
            type Value = Source;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of values, or a map with `table`")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Source, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Source::In(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Source, A::Error> {
                let values =
                    Values::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Source::try_from(values).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Shape)
    }
}

/// One kind, and optionally `conformance`.
impl<'de> Deserialize<'de> for Requires {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const KEYS: &[&str] = &[
            "type",
            "interaction",
            "search-parameter",
            "operation",
            "include",
            "instantiates",
            "declares",
            "authorization",
            "discovered",
            "connection",
            "conformance",
        ];
        let pairs: Vec<(String, Template)> = ordered(deserializer)?;
        let mut capability = None;
        let mut conformance = None;
        for (key, value) in pairs {
            let found = match key.as_str() {
                "type" => Capability::Type(value),
                "interaction" => Capability::Interaction(value),
                "search-parameter" => Capability::SearchParameter(value),
                "operation" => Capability::Operation(value),
                "include" => Capability::Include(value),
                "instantiates" => Capability::Instantiates(value),
                "declares" => Capability::Declares(value),
                "authorization" => Capability::Authorization(value),
                "discovered" => Capability::Discovered(value),
                "connection" => Capability::Connection(value),
                "conformance" => {
                    conformance = Some(value);
                    continue;
                }
                other => return Err(D::Error::unknown_field(other, KEYS)),
            };
            if capability.replace(found).is_some() {
                return Err(D::Error::custom(
                    "two capabilities in one entry; write an entry for each",
                ));
            }
        }
        let capability = capability.ok_or_else(|| {
            D::Error::custom(
                "no `type`, `interaction`, `search-parameter`, `operation`, `include`, `instantiates`, `declares`, `authorization`, `discovered` or `connection`",
            )
        })?;
        Ok(Requires {
            capability,
            conformance,
        })
    }
}

/// JSON whose texts keep their place.
pub fn body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Body, D::Error> {
    let node = Spanned::<Node>::deserialize(deserializer)?;
    let at = Spanned::new((), node.referenced, node.defined);
    Ok(match node.value {
        Node::Scalar(text) => Body::Text(Template::from_scalar(text, &at)),
        Node::Whole(body) => body,
    })
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
