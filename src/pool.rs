//! The evidence pool: every resource the target has shown in this run, by type and id, and every
//! answer it gave.
//!
//! Filled between the stages of a run, in a fixed order, and frozen while tests judge it, so that
//! what is found does not depend on which answer came first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::http::Exchanged;
use crate::search::Resolver;

/// Bytes of JSON that the pool holds at most; what comes later is left out and counted.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Resource type and logical id.
pub type Key = (String, String);

/// Resources by type and id.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    resources: BTreeMap<Key, Arc<Value>>,
    /// What a search by patient alone brought as a match.
    listed: BTreeSet<Key>,
    bytes: usize,
    left_out: usize,
    resolved: BTreeMap<String, Resolution>,
    /// In the order of the tests that brought them, which is the same in every run.
    answers: Vec<Arc<Exchanged>>,
    /// Their numbers: a shared answer is here once.
    numbers: BTreeSet<u64>,
}

/// What was seen is what chained searches are judged by.
impl Resolver for Pool {
    fn resolve(&self, reference: &str) -> Option<&Value> {
        let (resource_type, id) = reference.split_once('/')?;
        self.get(resource_type, id).map(Arc::as_ref)
    }
}

/// What became of an attempt to resolve a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// A resource of this type was found.
    Found(String),
    /// The target says that there is none, in words.
    Missing(String),
    /// It was not tried, or could not be told; why.
    Unchecked(String),
}

impl Pool {
    /// Adds a resource as it was shown first; a later version of it does not replace it. A part of
    /// one is not added.
    pub fn add(&mut self, resource: &Arc<Value>) {
        let Some(key) = key(resource) else { return };
        if self.resources.contains_key(&key) || is_subset(resource) {
            return;
        }
        let size = resource.to_string().len();
        if self.bytes + size > MAX_BYTES {
            self.left_out += 1;
            return;
        }
        self.bytes += size;
        self.resources.insert(key, Arc::clone(resource));
    }

    /// Notes that a search by patient alone brought this resource as a match.
    pub fn list(&mut self, key: Key) {
        self.listed.insert(key);
    }

    /// Whether a search by patient alone brought it.
    pub fn is_listed(&self, key: &Key) -> bool {
        self.listed.contains(key)
    }

    /// The resource with this type and id.
    pub fn get(&self, resource_type: &str, id: &str) -> Option<&Arc<Value>> {
        self.resources
            .get(&(resource_type.to_owned(), id.to_owned()))
    }

    /// The resources of a type, by id.
    pub fn of_type<'a>(
        &'a self,
        resource_type: &str,
    ) -> impl Iterator<Item = &'a Arc<Value>> + use<'a> {
        let first = (resource_type.to_owned(), String::new());
        let wanted = resource_type.to_owned();
        self.resources
            .range(first..)
            .take_while(move |((found, _), _)| *found == wanted)
            .map(|(_, resource)| resource)
    }

    /// All resources, by type and id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.resources.values()
    }

    /// Keeps an exchange, to be judged after the run.
    pub fn keep(&mut self, exchanged: Arc<Exchanged>) {
        if self.numbers.insert(exchanged.number) {
            self.answers.push(exchanged);
        }
    }

    /// The exchanges of the run so far, each once, in the order of the tests that brought them.
    pub fn answers(&self) -> impl Iterator<Item = &Arc<Exchanged>> {
        self.answers.iter()
    }

    /// Number of resources that found no room.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Notes what became of a reference, as `Type/id` or the text that stands in the resource.
    pub fn resolve(&mut self, reference: String, resolution: Resolution) {
        self.resolved.insert(reference, resolution);
    }

    /// What became of a reference, where it was tried.
    pub fn resolution(&self, reference: &str) -> Option<&Resolution> {
        self.resolved.get(reference)
    }
}

/// Type and id of a resource; `None` where it lacks either.
pub fn key(resource: &Value) -> Option<Key> {
    let text = |member: &str| resource.get(member)?.as_str().map(str::to_owned);
    Some((text("resourceType")?, text("id")?))
}

/// Whether a resource is marked as incomplete (FHIR R4 search, `_summary` and `_elements`).
pub fn is_subset(resource: &Value) -> bool {
    let mut tags = resource["meta"]["tag"].as_array().into_iter().flatten();
    tags.any(|tag| tag["code"] == "SUBSETTED")
}

/// `Type/id` of a relative reference, or of an absolute one below the base.
pub fn local_reference(reference: &str, base: &str) -> Option<Key> {
    let path = match reference.strip_prefix(base) {
        Some(rest) => rest.strip_prefix('/')?,
        None if reference.contains(':') => return None,
        None => reference,
    };
    let mut parts = path.split('/');
    let (kind, id) = (parts.next()?, parts.next()?);
    let is_type = kind.starts_with(|first: char| first.is_ascii_uppercase())
        && kind.chars().all(char::is_alphanumeric);
    (is_type && is_id(id)).then(|| (kind.to_owned(), id.to_owned()))
}

/// Type and id of every reference of a resource to the target's own resources.
pub fn local_references(resource: &Value, base: &str) -> Vec<Key> {
    let mut found = Vec::new();
    let mut open = vec![resource];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                let reference = members.get("reference").and_then(Value::as_str);
                found.extend(reference.and_then(|text| local_reference(text, base)));
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// Whether a text is a logical id (R4 datatypes, `id`) that is safe as a segment of a path.
pub fn is_id(text: &str) -> bool {
    let is_of_form = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (1..=64).contains(&text.len())
        && text.chars().all(is_of_form)
        && !text.chars().all(|c| c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_version_stays_and_order_is_by_type_and_id() {
        let mut pool = Pool::default();
        for (kind, id, n) in [
            ("B", "1", 1),
            ("A", "2", 2),
            ("A", "1", 3),
            ("A", "1", 4),
            ("AB", "0", 5),
        ] {
            pool.add(&Arc::new(json!({ "resourceType": kind, "id": id, "n": n })));
        }
        pool.add(&Arc::new(json!({ "resourceType": "A" })));
        let tag = json!({ "tag": [{ "code": "SUBSETTED" }] });
        pool.add(&Arc::new(
            json!({ "resourceType": "A", "id": "3", "meta": tag }),
        ));
        let all: Vec<_> = pool
            .iter()
            .map(|resource| resource["n"].as_i64().unwrap())
            .collect();
        assert_eq!(all, [3, 2, 5, 1]);
        assert_eq!(pool.of_type("A").count(), 2);
        assert_eq!(pool.get("A", "1").unwrap()["n"], 3);
    }

    #[test]
    fn only_references_to_the_target_count() {
        let base = "http://h/fhir";
        for (reference, expected) in [
            ("Patient/1", Some(("Patient", "1"))),
            ("Patient/1/_history/2", Some(("Patient", "1"))),
            ("http://h/fhir/Patient/1", Some(("Patient", "1"))),
            ("http://h/fhirx/Patient/1", None),
            ("http://other/Patient/1", None),
            ("urn:uuid:1", None),
            ("#contained", None),
            ("Patient/../secrets", None),
            ("../x/y", None),
        ] {
            let found = local_reference(reference, base);
            assert_eq!(
                found,
                expected.map(|(kind, id)| (kind.to_owned(), id.to_owned())),
                "{reference}"
            );
        }
    }
}
