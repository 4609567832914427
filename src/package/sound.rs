//! Whether a JSON text is one that can be parsed in full, without building it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Accepts any JSON value and keeps nothing of it. Unlike `IgnoredAny`, which skips, this reads
/// every string and number and respects the limit of nesting: what passes here parses later.
struct Sound;

/// Reads the whole text.
///
/// # Errors
/// When it is no JSON, is nested too deeply, or a string or number in it cannot be represented.
pub(super) fn check(json: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice::<Sound>(json).map(|Sound| ())
}

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while members.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn what_passes_parses_and_what_parses_passes() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        for text in [
            r#"{"a":[1,-2,3.5e2,null,true,"x\u00e9"],"b":{}}"#,
            &deep(100),
            &deep(200),
            r#""\ud800""#,
            "1e999",
            "{",
            "[1,]",
            "\"\u{1}\"",
        ] {
            let parsed = serde_json::from_str::<Value>(text).is_ok();
            assert_eq!(super::check(text.as_bytes()).is_ok(), parsed, "{text:.20}");
        }
        assert!(super::check(b"{\"a\":\"\xff\"}").is_err(), "not UTF-8");
    }
}
