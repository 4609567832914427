//! Shapes that read well in YAML and keep their place: one or many, maps in the order as written.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_saphyr::Spanned;

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

/// One value that may be a scalar or a map, where a list stands around it.
pub fn one<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + FromScalar,
{
    let value = Spanned::<OneOrMany<T>>::deserialize(deserializer)?;
    let at = Spanned::new((), value.referenced, value.defined);
    match value.value {
        OneOrMany::Scalar(text) => Ok(T::from_scalar(text, &at)),
        OneOrMany::One(value) => Ok(value),
        OneOrMany::Many(_) => Err(D::Error::invalid_type(
            Unexpected::Seq,
            &"text or a kind of value; lists do not nest",
        )),
    }
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
