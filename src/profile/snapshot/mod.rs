//! Snapshots: every element that applies to a definition, from its own snapshot or generated from
//! its base and its differential (FHIR R4 profiling, "Snapshot and differential").

mod generate;
mod merge;
pub mod tree;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use serde_json::Value;

use super::element::Element;
use super::errata;
use super::knowledge::Knowledge;
use tree::Node;

/// Longest chain of base definitions, and deepest nesting of generation.
pub const MAX_CHAIN: usize = 24;

/// Most canonical URLs that are remembered, wrong ones among them: they may come from content.
const MAX_KNOWN: usize = 10_000;

/// Why a definition has no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("no definition of {0} is at hand")]
    Missing(String),
    #[error("{0} is no StructureDefinition with elements")]
    Empty(String),
    #[error("the base definitions of {0} form a circle or a chain that is too long")]
    Circular(String),
}

/// A definition with all its elements.
#[derive(Debug)]
pub struct Snapshot {
    /// Canonical URL without version.
    pub url: String,
    pub version: Option<String>,
    /// Title or name for messages.
    pub title: String,
    /// Constrained type (`Observation`, `Quantity`).
    pub type_name: String,
    /// True for a base type, false for a profile.
    pub specialization: bool,
    pub kind: Kind,
    pub root: Node,
    /// The StructureDefinition itself.
    pub definition: Arc<Value>,
    /// Parts of the differential that could not be applied, for the list of what is not checked.
    pub gaps: Vec<String>,
}

/// FHIR R4 value set `structure-definition-kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Primitive,
    Complex,
    Resource,
    Logical,
}

/// Snapshots by canonical URL, made once.
pub struct Snapshots {
    knowledge: Arc<Knowledge>,
    known: RwLock<HashMap<String, Result<Arc<Snapshot>, SnapshotError>>>,
}

impl Snapshots {
    pub fn new(knowledge: Arc<Knowledge>) -> Self {
        Self {
            knowledge,
            known: RwLock::default(),
        }
    }

    pub fn knowledge(&self) -> &Arc<Knowledge> {
        &self.knowledge
    }

    /// Snapshot of a base type.
    pub fn of_type(&self, name: &str) -> Result<Arc<Snapshot>, SnapshotError> {
        self.cached(&format!("type:{name}"), || {
            let definition = self
                .knowledge
                .type_definition(name)
                .ok_or_else(|| SnapshotError::Missing(format!("the type {name}")))?;
            self.read(&definition, 0)
        })
    }

    /// Snapshot of a definition by canonical URL.
    pub fn of(&self, canonical: &str) -> Result<Arc<Snapshot>, SnapshotError> {
        self.nested(canonical, 0)
    }

    /// Generates from base and differential even where the definition has a snapshot.
    pub fn generated(&self, definition: &Arc<Value>) -> Result<Snapshot, SnapshotError> {
        self.generate(definition, 0)
    }

    fn nested(&self, canonical: &str, depth: usize) -> Result<Arc<Snapshot>, SnapshotError> {
        if depth > MAX_CHAIN {
            return Err(SnapshotError::Circular(canonical.to_owned()));
        }
        self.cached(canonical, || {
            let definition = self
                .knowledge
                .structure(canonical)
                .ok_or_else(|| SnapshotError::Missing(canonical.to_owned()))?;
            self.read(&definition, depth)
        })
    }

    fn cached(
        &self,
        key: &str,
        make: impl FnOnce() -> Result<Snapshot, SnapshotError>,
    ) -> Result<Arc<Snapshot>, SnapshotError> {
        if let Ok(known) = self.known.read()
            && let Some(found) = known.get(key)
        {
            return found.clone();
        }
        let made = make().map(Arc::new);
        // A circle found from the inside is no property of the inner definition.
        if !matches!(made, Err(SnapshotError::Circular(_)))
            && let Ok(mut known) = self.known.write()
            && (made.is_ok() || known.len() < MAX_KNOWN)
        {
            known.insert(key.to_owned(), made.clone());
        }
        made
    }

    fn read(&self, definition: &Arc<Value>, depth: usize) -> Result<Snapshot, SnapshotError> {
        let elements = elements(definition, "snapshot");
        match Node::from_snapshot(elements) {
            Some(root) => Ok(Snapshot::new(definition, root, Vec::new())),
            None => self.generate(definition, depth),
        }
    }

    fn generate(&self, definition: &Arc<Value>, depth: usize) -> Result<Snapshot, SnapshotError> {
        let url = text(definition, "url");
        let Some(base) = definition.get("baseDefinition").and_then(Value::as_str) else {
            return Err(SnapshotError::Empty(url));
        };
        let base = self.nested(base, depth + 1)?;
        let version = definition.get("fhirVersion");
        let is_of_fhir = version.is_some() && definition.get("version") == version;
        let mut generator = generate::Generator::new(self, depth, is_of_fhir);
        let root = generator.apply(&base.root, elements(definition, "differential"));
        Ok(Snapshot::new(definition, root, generator.gaps))
    }
}

impl Snapshot {
    fn new(definition: &Arc<Value>, root: Node, gaps: Vec<String>) -> Self {
        let optional = |key: &str| {
            definition
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Self {
            url: text(definition, "url"),
            version: optional("version"),
            title: optional("title")
                .or_else(|| optional("name"))
                .unwrap_or_default(),
            type_name: text(definition, "type"),
            specialization: optional("derivation").as_deref() != Some("constraint"),
            kind: match definition.get("kind").and_then(Value::as_str) {
                Some("primitive-type") => Kind::Primitive,
                Some("resource") => Kind::Resource,
                Some("logical") => Kind::Logical,
                _ => Kind::Complex,
            },
            root,
            definition: Arc::clone(definition),
            gaps,
        }
    }
}

fn text(json: &Value, key: &str) -> String {
    json.get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn elements(definition: &Value, part: &str) -> Vec<Element> {
    definition
        .get(part)
        .and_then(|part| part.get("element"))
        .and_then(Value::as_array)
        .map(|elements| {
            let mut elements: Vec<Element> = elements.iter().filter_map(Element::read).collect();
            elements.iter_mut().for_each(errata::correct);
            elements
        })
        .unwrap_or_default()
}
