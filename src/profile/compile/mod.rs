//! Definition → compiled form, once and shared.
//!
//! Each definition becomes a JSON Schema validator for what that can say, and a tree of rules for
//! the rest. A profile holds only what its base type does not say already: a resource is always
//! judged by its base type first.

mod base;
pub mod primitive;
mod schema;
mod shape;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock, Weak};

use serde_json::Value;

use super::Unchecked;
use super::knowledge::Knowledge;
use super::rules::Rule;
use super::snapshot::{Kind, Snapshot, SnapshotError, Snapshots};
use crate::fhirpath::{Engine, Model};
use crate::xml::Xml;

pub use base::{BaseRef, json_members, plain_name};
pub use schema::{ANNOTATION, Schema, SchemaBuilder};
pub use shape::Builder;

/// Most names that are remembered, wrong ones among them.
const MAX_KNOWN: usize = 10_000;

/// Why a definition could not be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("the schema of {url} could not be built: {reason}")]
    Schema { url: String, reason: String },
    #[error("{0} defines a logical model, which no FHIR resource can be judged by")]
    Logical(String),
}

/// A compiled definition.
pub struct Compiled {
    pub url: Arc<str>,
    pub type_name: String,
    pub definition: Arc<Value>,
    pub shape: Arc<Shape>,
    /// Absent where the definition adds nothing that JSON Schema can say.
    pub schema: Option<Schema>,
    /// Backbone elements by path, for contentReference.
    pub named: HashMap<String, Arc<Shape>>,
    /// What of the definition is not checked.
    pub gaps: Vec<Unchecked>,
    /// Canonical URLs of other profiles that conformance to this one implies
    /// (<http://hl7.org/fhir/StructureDefinition/structuredefinition-imposeProfile>).
    pub imposed: Vec<String>,
    /// True for an extension that is declared a modifier.
    pub modifier_extension: bool,
    /// True for a base type.
    pub base: bool,
}

/// The rules of one element and of the elements below it.
#[derive(Default)]
pub struct Shape {
    pub rules: Vec<Box<dyn Rule>>,
    /// By JSON member, without the underscore.
    pub members: HashMap<String, Member>,
}

impl Shape {
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.members.is_empty()
    }
}

/// One JSON member.
pub struct Member {
    /// Element name, without the type of a choice.
    pub name: String,
    pub type_name: String,
    /// True where the element is a choice of types.
    pub choice: bool,
    pub shape: Option<Arc<Shape>>,
    pub target: Target,
}

/// Where the rules of a member's type are.
pub enum Target {
    /// Nowhere else: a backbone element, or a profile's element (its base type judges the rest).
    None,
    /// A complex type.
    Type(OnceLock<Weak<Compiled>>),
    /// Another element of the same definition (contentReference).
    Content(String, OnceLock<Weak<Shape>>),
    /// A whole resource.
    Resource,
    /// A primitive: its id and extensions.
    Primitive,
}

/// All compiled definitions.
pub struct Store {
    snapshots: Snapshots,
    engine: Engine,
    xml: Xml,
    types: RwLock<HashMap<String, Result<Arc<Compiled>, CompileError>>>,
    profiles: RwLock<HashMap<String, Result<Arc<Compiled>, CompileError>>>,
    /// Names that were asked for: whether they are resource types.
    resource_types: RwLock<HashMap<String, bool>>,
}

impl Store {
    pub fn new(knowledge: Arc<Knowledge>) -> Self {
        let source = Arc::clone(&knowledge);
        let xml = Xml::new(knowledge.definitions().clone());
        let model = Model::new(move |name| source.type_definition(name));
        Self {
            xml,
            snapshots: Snapshots::new(knowledge),
            engine: Engine::new(Arc::new(model)),
            types: RwLock::default(),
            profiles: RwLock::default(),
            resource_types: RwLock::default(),
        }
    }

    pub fn knowledge(&self) -> &Knowledge {
        self.snapshots.knowledge()
    }

    pub fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Reads resources that are written in XML.
    pub fn xml(&self) -> &Xml {
        &self.xml
    }

    /// A compiled base type.
    pub fn base(&self, name: &str) -> Result<Arc<Compiled>, CompileError> {
        cached(&self.types, name, || {
            let snapshot = self.snapshots.of_type(name)?;
            self.compile(&snapshot)
        })
    }

    /// A compiled definition by canonical URL; a base type's URL gives the base type.
    pub fn profile(&self, canonical: &str) -> Result<Arc<Compiled>, CompileError> {
        cached(&self.profiles, canonical, || {
            let snapshot = self.snapshots.of(canonical)?;
            self.compile(&snapshot)
        })
    }

    fn compile(&self, snapshot: &Arc<Snapshot>) -> Result<Compiled, CompileError> {
        if snapshot.kind == Kind::Logical {
            return Err(CompileError::Logical(snapshot.url.clone()));
        }
        Builder::new(self, snapshot).compile()
    }

    /// True if FHIR R4 has a resource type of that name.
    pub fn is_resource_type(&self, name: &str) -> bool {
        if let Ok(known) = self.resource_types.read()
            && let Some(answer) = known.get(name)
        {
            return *answer;
        }
        let answer = self.is_a(name, "Resource");
        // Names that are wrong come from content, and must not fill the memory.
        if answer && let Ok(mut known) = self.resource_types.write() {
            known.insert(name.to_owned(), true);
        }
        answer
    }

    /// True if a type is the other or derived from it.
    pub fn is_a(&self, name: &str, base: &str) -> bool {
        self.engine.model().is_a(name, base)
    }

    /// True if the canonical URL is that of a base type.
    pub fn is_base(&self, canonical: &str) -> bool {
        self.snapshots
            .of(canonical)
            .is_ok_and(|snapshot| snapshot.specialization)
    }
}

fn cached(
    known: &RwLock<HashMap<String, Result<Arc<Compiled>, CompileError>>>,
    key: &str,
    make: impl FnOnce() -> Result<Compiled, CompileError>,
) -> Result<Arc<Compiled>, CompileError> {
    if let Ok(known) = known.read()
        && let Some(found) = known.get(key)
    {
        return found.clone();
    }
    let made = make().map(Arc::new);
    match known.write() {
        // Names may come from content: what is unknown must not fill the memory.
        Ok(known) if made.is_err() && known.len() >= MAX_KNOWN => made,
        // Another thread may have been faster; everyone shares the first.
        Ok(mut known) => known.entry(key.to_owned()).or_insert(made).clone(),
        Err(_) => made,
    }
}
