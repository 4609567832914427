//! Where references lead, within a resource and within a Bundle (R4 references, R4 bundle
//! "Resolving references in Bundles"). Nothing is fetched.

use std::collections::HashMap;

use serde_json::Value;

use crate::fhir::{is_absolute, is_resource_type};
use crate::fhirpath::Resolve;

/// The entries of a Bundle by address.
#[derive(Debug, Default)]
pub struct BundleIndex<'r> {
    by_url: HashMap<&'r str, Vec<&'r Value>>,
    /// `Patient/1` → resources of that type and id.
    by_type_and_id: HashMap<String, Vec<&'r Value>>,
    /// Identity of a resource → address of its entry.
    addresses: HashMap<usize, &'r str>,
}

impl<'r> BundleIndex<'r> {
    pub fn new(bundle: &'r Value) -> Self {
        let mut index = Self::default();
        let entries = bundle.get("entry").and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            let Some(resource) = entry.get("resource") else {
                continue;
            };
            if let Some(url) = entry.get("fullUrl").and_then(Value::as_str) {
                index.by_url.entry(url).or_default().push(resource);
                index
                    .addresses
                    .insert(std::ptr::from_ref(resource) as usize, url);
            }
            if let Some(key) = type_and_id(resource) {
                index.by_type_and_id.entry(key).or_default().push(resource);
            }
        }
        index
    }

    /// Address of the entry that holds a resource.
    pub fn address_of(&self, resource: &Value) -> Option<&'r str> {
        let identity = std::ptr::from_ref(resource) as usize;
        self.addresses.get(&identity).copied()
    }
}

fn type_and_id(resource: &Value) -> Option<String> {
    let name = resource.get("resourceType")?.as_str()?;
    Some(format!("{name}/{}", resource.get("id")?.as_str()?))
}

/// What a reference as written means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'r> {
    Found(&'r Value),
    /// It points into this resource or Bundle and nothing is there.
    Missing,
    /// It points elsewhere.
    Elsewhere,
}

/// Resolution seen from one resource.
#[derive(Debug)]
pub struct References<'r> {
    /// The resource that contains: `#id` is looked up here.
    container: &'r Value,
    bundle: Option<&'r BundleIndex<'r>>,
    /// Address of the entry that the resource is in.
    full_url: Option<&'r str>,
}

impl<'r> References<'r> {
    pub fn new(
        container: &'r Value,
        bundle: Option<&'r BundleIndex<'r>>,
        full_url: Option<&'r str>,
    ) -> Self {
        Self {
            container,
            bundle,
            full_url,
        }
    }

    pub fn bundle(&self) -> Option<&'r BundleIndex<'r>> {
        self.bundle
    }

    pub fn full_url(&self) -> Option<&'r str> {
        self.full_url
    }

    pub fn target(&self, reference: &str) -> Target<'r> {
        if let Some(id) = reference.strip_prefix('#') {
            return self.contained(id);
        }
        self.matches(reference)
            .next()
            .map_or(Target::Elsewhere, Target::Found)
    }

    /// True if several entries answer to a reference.
    pub fn ambiguous(&self, reference: &str) -> bool {
        !reference.starts_with('#') && self.matches(reference).nth(1).is_some()
    }

    /// True for a relative reference that names the type and id of an entry, but has nothing to be
    /// relative to.
    pub fn is_apparent(&self, reference: &str) -> bool {
        !reference.starts_with('#')
            && self.address(reference).is_none()
            && self.matches(reference).next().is_some()
    }

    /// Entries that a reference leads to.
    fn matches<'t>(&self, reference: &'t str) -> impl Iterator<Item = &'r Value> + use<'r, 't> {
        let (reference, version) = match reference.split_once("/_history/") {
            Some((reference, version)) => (reference, Some(version)),
            None => (reference, None),
        };
        let candidates = self
            .bundle
            .and_then(|bundle| match self.address(reference) {
                Some(address) => bundle.by_url.get(address.as_ref()),
                None => bundle.by_type_and_id.get(reference),
            });
        candidates
            .into_iter()
            .flatten()
            .copied()
            .filter(move |resource| version.is_none_or(|version| has_version(resource, version)))
    }

    /// The absolute address that a reference means; `None` for a relative one in an entry without
    /// a RESTful address.
    fn address<'t>(&self, reference: &'t str) -> Option<std::borrow::Cow<'t, str>> {
        if is_absolute(reference) {
            return Some(reference.into());
        }
        let (base, _, _) = split_restful(self.full_url?)?;
        Some(format!("{base}{reference}").into())
    }

    fn contained(&self, id: &str) -> Target<'r> {
        if id.is_empty() {
            return Target::Found(self.container);
        }
        let contained = self.container.get("contained").and_then(Value::as_array);
        contained
            .into_iter()
            .flatten()
            .find(|resource| resource.get("id").and_then(Value::as_str) == Some(id))
            .map_or(Target::Missing, Target::Found)
    }
}

impl Resolve for References<'_> {
    fn resolve<'a>(&'a self, reference: &str) -> Option<&'a Value> {
        match self.target(reference) {
            Target::Found(found) => Some(found),
            Target::Missing | Target::Elsewhere => None,
        }
    }
}

fn has_version(resource: &Value, version: &str) -> bool {
    resource
        .pointer("/meta/versionId")
        .and_then(Value::as_str)
        .is_some_and(|own| own == version)
}

/// `Patient/1` → type and id.
pub fn split_relative(reference: &str) -> Option<(&str, &str)> {
    let (name, id) = reference.split_once('/')?;
    (is_resource_type(name) && is_id(id)).then_some((name, id))
}

/// `http://host/base/Patient/1` → `http://host/base/`, `Patient`, `1`.
pub fn split_restful(url: &str) -> Option<(&str, &str, &str)> {
    if !url.starts_with("http") {
        return None;
    }
    let (rest, id) = url.rsplit_once('/')?;
    let slash = rest.rfind('/')?;
    let (base, name) = rest.split_at_checked(slash + 1)?;
    (is_resource_type(name) && is_id(id)).then_some((base, name, id))
}

/// The resource type that a reference's text names, if it does.
pub fn type_in(reference: &str) -> Option<&str> {
    let reference = reference.split("/_history/").next().unwrap_or(reference);
    split_relative(reference)
        .map(|(name, _)| name)
        .or_else(|| split_restful(reference).map(|(_, name, _)| name))
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn resolves_by_the_rules_of_bundles() {
        let bundle = json!({"resourceType": "Bundle", "entry": [
            {"fullUrl": "http://a/Patient/1", "resource": {"resourceType": "Patient", "id": "1"}},
            {"fullUrl": "urn:uuid:x", "resource": {"resourceType": "Patient", "id": "2"}},
        ]});
        let index = BundleIndex::new(&bundle);
        let observation = json!({"resourceType": "Observation", "contained": [{"resourceType": "Device", "id": "d"}]});
        let references =
            References::new(&observation, Some(&index), Some("http://a/Observation/9"));
        let found = |reference: &str| match references.target(reference) {
            Target::Found(found) => found.get("id").and_then(Value::as_str),
            _ => None,
        };
        assert_eq!(found("Patient/1"), Some("1"));
        assert_eq!(found("http://a/Patient/1"), Some("1"));
        assert_eq!(found("http://b/Patient/1"), None);
        assert_eq!(found("urn:uuid:x"), Some("2"));
        assert_eq!(found("Patient/2"), None);
        assert_eq!(found("#d"), Some("d"));
        assert_eq!(references.target("#e"), Target::Missing);
        assert_eq!(type_in("http://a/b/Patient/1/_history/2"), Some("Patient"));
    }

    #[test]
    fn entries_are_told_apart_by_address_and_version() {
        let patient = |version: &str| json!({ "resourceType": "Patient", "id": "1", "meta": { "versionId": version } });
        let bundle = json!({"resourceType": "Bundle", "entry": [
            {"fullUrl": "http://a/Patient/1", "resource": patient("1")},
            {"fullUrl": "http://a/Patient/1", "resource": patient("2")},
            {"fullUrl": "http://a/Patient/2", "resource": {"resourceType": "Patient", "id": "2"}},
            {"resource": {"resourceType": "Patient", "id": "3"}},
            {"fullUrl": "urn:uuid:x"},
        ]});
        let index = BundleIndex::new(&bundle);
        let entry = |number: usize| &bundle["entry"][number]["resource"];
        assert_eq!(index.address_of(entry(2)), Some("http://a/Patient/2"));
        assert_eq!(index.address_of(entry(3)), None);
        let seen_from = |full_url| References::new(&bundle, Some(&index), full_url);

        let here = seen_from(Some("http://a/Observation/9"));
        assert_eq!(here.full_url(), Some("http://a/Observation/9"));
        for (reference, is_ambiguous) in [
            ("Patient/1", true),
            ("Patient/1/_history/1", false),
            ("Patient/2", false),
            ("#Patient/1", false),
        ] {
            assert_eq!(here.ambiguous(reference), is_ambiguous, "{reference}");
            assert!(!here.is_apparent(reference), "{reference}");
        }
        let second = here.target("http://a/Patient/1/_history/2");
        assert_eq!(second, Target::Found(entry(1)));
        assert_eq!(here.target("Patient/1/_history/3"), Target::Elsewhere);
        assert_eq!(here.target("Patient/2/_history/3"), Target::Elsewhere);
        assert_eq!(here.target("#"), Target::Found(&bundle));

        let nowhere = seen_from(Some("urn:uuid:y"));
        for (reference, is_apparent) in [
            ("Patient/3", true),
            ("Patient/4", false),
            ("#Patient/3", false),
            ("http://a/Patient/2", false),
        ] {
            assert_eq!(nowhere.is_apparent(reference), is_apparent, "{reference}");
        }
    }

    #[test]
    fn addresses_have_a_base_a_type_and_an_id() {
        for (url, expected) in [
            (
                "http://a/b/Patient/1",
                Some(("http://a/b/", "Patient", "1")),
            ),
            ("http://a/b/Nothing/1", None),
            ("http://a/b/Patient/", None),
            ("http://a/b/Patient/a_b", None),
            ("urn:a/Patient/1", None),
        ] {
            assert_eq!(split_restful(url), expected, "{url}");
        }
        assert_eq!(split_relative("Patient/1"), Some(("Patient", "1")));
        assert_eq!(split_relative("Nothing/1"), None);
        assert_eq!(split_relative("Patient/a b"), None);
    }
}
