//! The compiled form of a definition, the rules in it, and what a rule may ask while it checks.
//!
//! These types name each other: a rule sees a scope, a scope reaches compiled definitions, and
//! these hold rules. Who compiles, and which rules there are, is not known here.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use serde_json::Value;

use super::place::Here;
use super::schema::Schema;
use super::sink::{Sink, Unchecked};
use crate::fhirpath::{Engine, Session};
use crate::profile::knowledge::Knowledge;
use crate::profile::reference::References;
use crate::profile::snapshot::SnapshotError;

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

/// A compiled rule of one element.
pub trait Rule: Send + Sync {
    /// Checks one element; findings go to the sink.
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink);
}

/// Definitions that are compiled when they are first asked for.
pub trait Definitions: Send + Sync {
    /// A compiled base type.
    fn base(&self, name: &str) -> Result<Arc<Compiled>, CompileError>;

    /// A compiled definition by canonical URL; a base type's URL gives the base type.
    fn profile(&self, canonical: &str) -> Result<Arc<Compiled>, CompileError>;

    /// True if the canonical URL is that of a base type.
    fn is_base(&self, canonical: &str) -> bool;

    /// True if FHIR R4 has a resource type of that name.
    fn is_resource_type(&self, name: &str) -> bool;

    /// True if a type is the other or derived from it.
    fn is_a(&self, name: &str, base: &str) -> bool;

    fn knowledge(&self) -> &Knowledge;

    fn engine(&self) -> &Engine;
}

/// The resource that is validated, with what surrounds it.
pub struct Scope<'r> {
    pub store: &'r dyn Definitions,
    /// `%rootResource`: the resource, or the one that contains it.
    pub root: &'r Value,
    /// `%resource`: the resource that rules look at, contained or not.
    pub resource: &'r Value,
    pub references: &'r References<'r>,
    pub session: Session<'r>,
}
