//! Validation of resources against FHIR R4 and against profiles.
//!
//! StructureDefinition → [`snapshot`] → compiled form → issues. A [`Validator`] is made once and
//! shared; definitions are compiled when they are first needed.
//!
//! From the ground up: [`element`] and [`snapshot`] read definitions, `model/` says what a compiled
//! one is and what a rule sees, `walk/` leads through a resource, `rules/` has one kind of rule a
//! file, `compile/` makes rules of definitions.

mod compile;
pub mod element;
mod errata;
mod export;
mod knowledge;
mod model;
mod reference;
mod rules;
pub mod snapshot;
mod text;
mod walk;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::definition::Definitions;
use crate::fhir::Issue;
use crate::terminology::Server;
use crate::xml;

use compile::Store;
use knowledge::Knowledge;
use model::{CompileError, Definitions as _, Place, Sink};
use walk::Around;

pub use model::Unchecked;

/// What validation found.
#[derive(Debug, Clone, Default)]
pub struct Validation {
    /// The findings, in the order of the resource's content.
    pub issues: Vec<Issue>,
    /// What was not checked; never empty in silence.
    pub unchecked: Vec<Unchecked>,
    /// Canonical URLs of the profiles that were applied, beside the base type.
    pub profiles: Vec<String>,
}

impl Validation {
    /// True if nothing is wrong: there is no issue of severity error or fatal.
    pub fn is_valid(&self) -> bool {
        !crate::fhir::has_errors(&self.issues)
    }
}

/// A profile that was asked for can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the profile {canonical} can't be used: {reason}; load the package that holds it, or correct the URL"
)]
pub struct SetupError {
    pub canonical: String,
    pub reason: String,
}

/// Validates resources. A clone is cheap and shares what is compiled.
#[derive(Clone)]
pub struct Validator(Arc<Store>);

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Validator")
    }
}

impl Validator {
    /// A validator over these definitions and the value sets among them.
    pub fn new(definitions: Definitions) -> Self {
        Self::asking(definitions, None)
    }

    /// As [`Validator::new`], with a terminology server to ask for what these value sets don't
    /// decide. Validation then waits for its answers.
    pub fn asking(definitions: Definitions, server: Option<Server>) -> Self {
        let knowledge = Knowledge::new(definitions, server);
        Self(Arc::new(Store::new(Arc::new(knowledge))))
    }

    /// The FHIRPath engine with this validator's types.
    pub fn fhirpath(&self) -> &crate::fhirpath::Engine {
        self.0.engine()
    }

    /// Compiles the profiles that are to be used.
    ///
    /// # Errors
    /// The first that is not at hand or can't be compiled.
    pub fn prepare(&self, profiles: &[String]) -> Result<(), SetupError> {
        for canonical in profiles {
            self.0
                .profile(canonical)
                .map_err(|error: CompileError| SetupError {
                    canonical: canonical.clone(),
                    reason: error.to_string(),
                })?;
        }
        Ok(())
    }

    /// Validates a resource against its base type, the given profiles and those it claims. A given
    /// profile that can't be used is among what was not checked; [`Validator::prepare`] tells before.
    pub fn validate(&self, resource: &Value, profiles: &[String]) -> Validation {
        let mut sink = Sink::default();
        let name = resource
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or("Resource");
        let place = Place::root(name);
        walk::resource(
            resource,
            &place,
            Around::default(),
            profiles,
            self.0.as_ref(),
            &mut sink,
        );
        finish(sink)
    }

    /// Validates text, XML where it begins with `<` and else JSON; issues have line and column.
    pub fn validate_text(&self, text: &str, profiles: &[String]) -> Validation {
        let found = match xml::is_xml(text) {
            true => self.validate_xml(text, profiles),
            false => self.validate_json(text, profiles),
        };
        found.unwrap_or_else(|issue| Validation {
            issues: vec![*issue],
            ..Validation::default()
        })
    }

    fn validate_json(&self, json: &str, profiles: &[String]) -> Result<Validation, Box<Issue>> {
        let document = text::read(json)?;
        let mut validation = self.validate(&document.value, profiles);
        validation.issues.splice(0..0, document.issues);
        text::add_positions(json, &mut validation.issues);
        Ok(validation)
    }

    fn validate_xml(&self, text: &str, profiles: &[String]) -> Result<Validation, Box<Issue>> {
        let xml = self.0.xml();
        let document = xml.read(text)?;
        let mut validation = self.validate(&document.value, profiles);
        // Such values are among the document's own issues, in the words of XML.
        validation.issues.retain(|issue| issue.rule != "json-type");
        validation.issues.splice(0..0, document.issues);
        xml.add_positions(text, &mut validation.issues);
        Ok(validation)
    }

    /// What JSON Schema (draft 2020-12) can say of a profile or base type; its `$comment` says what
    /// that leaves out.
    ///
    /// # Errors
    /// Where the profile is not at hand or can't be compiled.
    pub fn json_schema(&self, canonical: &str) -> Result<Value, SetupError> {
        export::schema(&self.0, canonical).map_err(|error| SetupError {
            canonical: canonical.to_owned(),
            reason: error.to_string(),
        })
    }

    /// Generates a snapshot from base and differential, for comparison and export.
    ///
    /// # Errors
    /// Where the definition or one it builds on is not at hand.
    pub fn generate_snapshot(
        &self,
        definition: &Arc<Value>,
    ) -> Result<snapshot::Snapshot, snapshot::SnapshotError> {
        self.0.snapshots().generated(definition)
    }
}

/// Removes what was found twice (by a base type and a profile, or by two profiles).
fn finish(sink: Sink) -> Validation {
    let mut seen = HashSet::new();
    let mut issues = sink.issues;
    issues.retain(|issue| {
        seen.insert((
            issue.severity,
            issue.rule.clone(),
            issue.location.pointer.clone(),
            issue.message.clone(),
        ))
    });
    Validation {
        issues,
        unchecked: sink.unchecked.into_iter().collect(),
        profiles: sink.profiles.into_iter().collect(),
    }
}
