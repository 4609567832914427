//! What the validator must be told: definitions and value sets.

use std::sync::Arc;

use serde_json::Value;

/// Where definitions and codes come from.
pub trait Knowledge: Send + Sync {
    /// StructureDefinition by canonical URL, with or without `|version`.
    fn structure(&self, canonical: &str) -> Option<Arc<Value>>;

    /// Base definition of a FHIR R4 type by name.
    fn type_definition(&self, name: &str) -> Option<Arc<Value>>;

    /// SearchParameter by canonical URL.
    fn search_parameter(&self, _canonical: &str) -> Option<Arc<Value>> {
        None
    }

    /// Profiles that every resource of a type has to conform to (`ImplementationGuide.global`).
    fn global_profiles(&self, _type_name: &str) -> Vec<String> {
        Vec::new()
    }

    /// Whether a code is in a value set. Without a system (elements of type `code`), the value
    /// set's own system is meant.
    fn check(&self, value_set: &str, coding: Coding<'_>) -> Membership;
}

/// A code to be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding<'a> {
    pub system: Option<&'a str>,
    pub code: &'a str,
    pub display: Option<&'a str>,
}

/// Whether a code is in a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    Member,
    NotMember,
    /// Could not be decided, with the reason.
    Unknown(String),
}
