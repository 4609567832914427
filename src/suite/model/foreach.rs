//! Where the variables of a case's `foreach` get their values.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::super::friendly;

/// Where a `foreach` variable gets its values.
#[derive(Debug, Clone)]
pub enum Source {
    /// `{table: name, where: {column: value}}`: the variable is a row with fields.
    Table {
        /// Name of a file in `tables/`, without its ending.
        name: Spanned<String>,
        /// Column → the values of which a row must have one.
        filter: Vec<(Spanned<String>, Vec<String>)>,
    },
    /// `[a, b]` or `{in: [a, b]}`: the values themselves.
    In(Vec<Spanned<String>>),
}

/// A [`Source`] as written with keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    #[serde(default)]
    table: Option<Spanned<String>>,
    #[serde(
        default,
        rename = "where",
        deserialize_with = "friendly::ordered_one_or_many"
    )]
    filter: Vec<(Spanned<String>, Vec<String>)>,
    #[serde(default, rename = "in")]
    values: Option<Vec<Spanned<String>>>,
}

impl TryFrom<Values> for Source {
    type Error = &'static str;

    fn try_from(written: Values) -> Result<Self, Self::Error> {
        match (written.table, written.values) {
            (Some(name), None) => Ok(Source::Table {
                name,
                filter: written.filter,
            }),
            (None, Some(values)) if written.filter.is_empty() => Ok(Source::In(values)),
            (None, Some(_)) => Err("`where` selects rows of a `table`, not of `in`"),
            (Some(_), Some(_)) => Err("both `table` and `in`; keep one"),
            (None, None) => Err("neither `table` nor `in`"),
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
                let values = Values::deserialize(MapAccessDeserializer::new(map))?;
                Source::try_from(values).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Shape)
    }
}
