//! The value of a search parameter: as it stands, or derived from a resource.

use serde::de::{Deserializer, Error, MapAccess};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::super::friendly::{self, FromScalar};
use super::super::template::Template;

/// A search parameter's value: plain text, or a map with the kind as its key.
#[derive(Debug, Clone)]
pub enum QueryValue {
    /// The text as it stands.
    Text(Template),
    /// `{from: {seed: s, form: token}}`: derived from what the seed holds for this parameter.
    From(SeedValue),
}

/// A value derived from what a seed holds for the search parameter it is used with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedValue {
    /// The variable of the seed.
    pub seed: Spanned<String>,
    #[serde(default)]
    pub form: ValueForm,
    /// Put before the value: a comparison (FHIR R4 search, prefixes) such as `ge`, or another value
    /// and a comma.
    #[serde(default)]
    pub prefix: Option<Template>,
    /// Put after the value: a comma and another value.
    #[serde(default)]
    pub suffix: Option<Template>,
}

/// How a resource's value is written in a search (FHIR R4 search, parameter types).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueForm {
    /// As the type of the search parameter has it: token, reference, date or string.
    #[default]
    Own,
    /// `system|code`, or `code` where the value has no system.
    Token,
    /// `code` alone.
    Code,
    /// `system|code` with the seed's code and a system that nobody uses, for a search that must
    /// find nothing.
    OtherSystem,
    /// `system|`, without a code.
    System,
    /// `Type/id`.
    Reference,
    /// `id` of a reference alone.
    Id,
    /// The date as it stands; of a Period its start.
    Date,
    /// Year, month and day of the date; year and month; the year.
    Day,
    Month,
    Year,
    /// The text as it stands.
    String,
    /// The text in lower case and without accents.
    Folded,
    /// The first three characters of the text, in lower case.
    Start,
}

impl FromScalar for QueryValue {
    fn from_scalar(text: String, at: &Spanned<()>) -> Self {
        Self::Text(Template::from_scalar(text, at))
    }

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        const KINDS: &[&str] = &["from"];
        let value = match map.next_key::<String>()?.as_deref() {
            Some("from") => Self::From(map.next_value::<SeedValue>()?),
            Some(other) => return Err(A::Error::unknown_variant(other, KINDS)),
            None => return Err(A::Error::missing_field("from")),
        };
        match map.next_key::<String>()? {
            None => Ok(value),
            Some(other) => Err(A::Error::unknown_field(&other, KINDS)),
        }
    }
}

impl<'de> Deserialize<'de> for QueryValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        friendly::one(deserializer)
    }
}
