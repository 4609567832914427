//! What must be known of a conformance resource to find it, without parsing all of it.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The kinds of conformance resources that are looked up by canonical URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    StructureDefinition,
    ValueSet,
    CodeSystem,
    SearchParameter,
}

impl Kind {
    /// Every kind, in the order of a pack's index.
    pub const ALL: [Self; 4] = [
        Self::StructureDefinition,
        Self::ValueSet,
        Self::CodeSystem,
        Self::SearchParameter,
    ];

    /// FHIR's name of the resource type.
    pub fn name(self) -> &'static str {
        match self {
            Self::StructureDefinition => "StructureDefinition",
            Self::ValueSet => "ValueSet",
            Self::CodeSystem => "CodeSystem",
            Self::SearchParameter => "SearchParameter",
        }
    }

    /// The kind with FHIR's name `name`.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One conformance resource as an index knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub kind: Kind,
    /// Canonical URL, without version.
    pub url: String,
    /// Business version; empty where there is none.
    pub version: String,
    /// Search parameters: the name used in a query.
    pub code: String,
    /// Search parameters: the resource types it is for.
    pub base: Vec<String>,
}

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "resourceType")]
    resource_type: String,
    url: Option<String>,
    version: Option<String>,
    // Read only where they are of the form that a search parameter has.
    #[serde(default)]
    code: Loose<String>,
    #[serde(default)]
    base: Loose<Vec<String>>,
}

/// A value that may be of another form in other resource types.
#[derive(Default)]
struct Loose<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either<T> {
            Wanted(T),
            Other(IgnoredAny),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Wanted(value) => Some(value),
            Either::Other(IgnoredAny) => None,
        }))
    }
}

impl Entry {
    /// Reads what an index needs from a resource's JSON; `None` where it is no conformance resource
    /// with a canonical URL.
    ///
    /// # Errors
    /// When the bytes are no JSON object with a `resourceType`.
    pub fn read(json: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        let header: Header = serde_json::from_slice(json)?;
        let (Some(kind), Some(url)) = (Kind::by_name(&header.resource_type), header.url) else {
            return Ok(None);
        };
        let is_parameter = kind == Kind::SearchParameter;
        // Some code systems of R4 (v2-0006, ...) carry a version in their url.
        let (url, version) = match url.split_once('|') {
            Some((url, version)) => (url.to_owned(), version.to_owned()),
            None => (url, header.version.unwrap_or_default()),
        };
        Ok(Some(Self {
            kind,
            url,
            version,
            code: header.code.0.filter(|_| is_parameter).unwrap_or_default(),
            base: header.base.0.filter(|_| is_parameter).unwrap_or_default(),
        }))
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
        assert_eq!((entry.code.as_str(), entry.base.len()), ("patient", 2));
    }

    #[test]
    fn other_resources_are_passed_over() {
        assert_eq!(
            Entry::read(br#"{"resourceType":"Patient","code":{"x":1}}"#).unwrap(),
            None
        );
        assert_eq!(
            Entry::read(br#"{"resourceType":"ValueSet"}"#).unwrap(),
            None
        );
        assert!(Entry::read(b"[]").is_err());
        assert!(Entry::read(b"{\"resourceType\":").is_err());
    }
}
