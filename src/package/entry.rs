//! What must be known of a conformance resource to find it, without parsing all of it.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{sound, version};

/// The kinds of conformance resources that are looked up by canonical URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    StructureDefinition,
    ValueSet,
    CodeSystem,
    SearchParameter,
    /// Says which profiles hold for all resources of a type.
    ImplementationGuide,
}

impl Kind {
    /// Every kind, in the order of a pack's index.
    pub const ALL: [Self; 5] = [
        Self::StructureDefinition,
        Self::ValueSet,
        Self::CodeSystem,
        Self::SearchParameter,
        Self::ImplementationGuide,
    ];

    /// FHIR's name of the resource type.
    pub fn name(self) -> &'static str {
        match self {
            Self::StructureDefinition => "StructureDefinition",
            Self::ValueSet => "ValueSet",
            Self::CodeSystem => "CodeSystem",
            Self::SearchParameter => "SearchParameter",
            Self::ImplementationGuide => "ImplementationGuide",
        }
    }

    /// The kind with FHIR's name `name`.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One conformance resource as an index knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    pub kind: Kind,
    /// Canonical URL, without version.
    pub url: Text,
    /// Business version; empty where there is none.
    pub version: Text,
    /// Search parameters: the name used in a query.
    pub code: Text,
    /// Search parameters: the resource types it is for, separated by spaces.
    pub base: Text,
}

/// Text of an index; the thousands of the embedded one are not copied at start.
pub type Text = Cow<'static, str>;

/// The members an index needs; each is read only where it is of the form expected of it.
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow, rename = "resourceType")]
    resource_type: Option<&'a RawValue>,
    #[serde(borrow)]
    url: Option<&'a RawValue>,
    #[serde(borrow)]
    version: Option<&'a RawValue>,
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    base: Option<&'a RawValue>,
}

fn as_form<'a, T: Deserialize<'a>>(value: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(value?.get()).ok()
}

impl Entry {
    /// Reads what an index needs from a JSON text; `None` where it is no conformance resource with
    /// a canonical URL. One that is can be parsed in full.
    ///
    /// # Errors
    /// When the text is no JSON.
    pub fn read(json: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        if !json.trim_ascii_start().starts_with(b"{") {
            return sound::check(json).map(|()| None);
        }
        let header: Header<'_> = serde_json::from_slice(json)?;
        let kind = as_form(header.resource_type).and_then(|name: String| Kind::by_name(&name));
        let (Some(kind), Some(url)) = (kind, as_form::<String>(header.url)) else {
            return Ok(None);
        };
        sound::check(json)?;
        // Some code systems of R4 (v2-0006, ...) carry a version in their url.
        let (url, version) = match url.split_once('|') {
            Some((url, version)) => (url.to_owned(), version.to_owned()),
            None => (url, as_form::<String>(header.version).unwrap_or_default()),
        };
        let parameter = |member| (kind == Kind::SearchParameter).then_some(member).flatten();
        let code: Option<String> = as_form(parameter(header.code));
        let base: Option<Vec<String>> = as_form(parameter(header.base));
        Ok(Some(Self {
            kind,
            url: url.into(),
            version: version.into(),
            code: code.unwrap_or_default().into(),
            base: base.unwrap_or_default().join(" ").into(),
        }))
    }

    /// Search parameters: the resource types it is for.
    pub fn bases(&self) -> impl Iterator<Item = &str> {
        self.base.split_ascii_whitespace()
    }

    /// The order of an index: by kind, URL and version, the highest version last.
    pub fn order(&self, other: &Self) -> Ordering {
        (self.kind, &self.url)
            .cmp(&(other.kind, &other.url))
            .then_with(|| version::compare(&self.version, &other.version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_parameter_keeps_its_code_and_base() {
        let entry = Entry::read(
            br#"{"resourceType":"SearchParameter","url":"u","version":"1","code":"patient","base":["A","B"]}"#,
        )
        .unwrap()
        .unwrap();
        assert_eq!(entry.code, "patient");
        assert!(entry.bases().eq(["A", "B"]));
    }

    #[test]
    fn other_content_is_passed_over() {
        for other in [
            r#"{"resourceType":"Patient","code":{"x":1}}"#,
            r#"{"resourceType":"ValueSet"}"#,
            r#"{"resourceType":7}"#,
            r#"{"name":"no resource"}"#,
            "[]",
        ] {
            assert_eq!(Entry::read(other.as_bytes()).unwrap(), None, "{other}");
        }
    }

    #[test]
    fn what_cannot_be_parsed_later_is_an_error_now() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let broken = format!(r#"{{"resourceType":"ValueSet","url":"u","x":{deep}}}"#);
        for text in [
            "{\"resourceType\":",
            "",
            "no JSON",
            broken.as_str(),
            r#"{"url":"a","url":"b"}"#,
        ] {
            assert!(Entry::read(text.as_bytes()).is_err(), "{text:.40}");
        }
    }
}
