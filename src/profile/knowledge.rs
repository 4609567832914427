//! What the validator knows: definitions and value sets.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::definition::Definitions;
use crate::package::Kind;
use crate::terminology::{Membership, Server, Terminology};

/// Definitions with the value sets among them.
pub struct Knowledge {
    definitions: Definitions,
    terminology: Terminology,
    /// Resource type → profiles that every resource of the type conforms to.
    globals: OnceLock<HashMap<String, Vec<String>>>,
}

/// Where the URLs of FHIR's own definitions begin.
const FHIR: &str = "http://hl7.org/fhir/";
/// How the packages of R4 are called.
const R4: &str = "hl7.fhir.r4.";

/// A code to be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding<'a> {
    pub system: Option<&'a str>,
    pub code: &'a str,
}

impl Knowledge {
    pub fn new(definitions: Definitions, server: Option<Server>) -> Self {
        Self {
            terminology: Terminology::asking(definitions.clone(), server),
            definitions,
            globals: OnceLock::new(),
        }
    }

    /// The profiles that the guides demand of all resources of a type (FHIR R4
    /// ImplementationGuide.global).
    pub fn globals(&self, resource_type: &str) -> &[String] {
        let globals = self.globals.get_or_init(|| self.read_globals());
        globals.get(resource_type).map_or(&[], Vec::as_slice)
    }

    fn read_globals(&self) -> HashMap<String, Vec<String>> {
        let mut globals: HashMap<String, Vec<String>> = HashMap::new();
        for guide in self.definitions.all(Kind::ImplementationGuide) {
            for global in guide["global"].as_array().into_iter().flatten() {
                let (kind, profile) = (global["type"].as_str(), global["profile"].as_str());
                if let (Some(kind), Some(profile)) = (kind, profile) {
                    globals
                        .entry(kind.to_owned())
                        .or_default()
                        .push(profile.to_owned());
                }
            }
        }
        globals
    }

    /// All definitions.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// StructureDefinition by canonical URL, with or without `|version`.
    pub fn structure(&self, canonical: &str) -> Option<Arc<Value>> {
        self.definitions.structure(canonical)
    }

    /// Base definition of a FHIR R4 type by name.
    pub fn type_definition(&self, name: &str) -> Option<Arc<Value>> {
        self.definitions.type_definition(name)
    }

    /// SearchParameter by canonical URL.
    pub fn search_parameter(&self, canonical: &str) -> Option<Arc<Value>> {
        self.definitions
            .resolve(Kind::SearchParameter, canonical)
            .map(|found| found.resource)
    }

    /// Whether a code is in a value set. Without a system (elements of type `code`), the value
    /// set's own system is meant.
    pub fn check(&self, value_set: &str, coding: Coding<'_>) -> Membership {
        self.terminology
            .check(value_set, coding.system, coding.code)
    }

    /// Whether a code is one of a system.
    pub fn check_system(&self, system: &str, code: &str) -> Membership {
        self.terminology.check_system(system, code)
    }

    /// Whether a system that is at hand has all the codes that it will ever have in R4: those of FHIR
    /// itself, and what a package brings. HL7's other systems go on growing beside R4.
    pub fn is_settled(&self, system: &str) -> bool {
        let found = self.definitions.resolve(Kind::CodeSystem, system);
        system.starts_with(FHIR) || found.is_none_or(|found| !found.package.starts_with(R4))
    }

    /// The display that a code system gives a code.
    pub fn display(&self, system: &str, code: &str) -> Option<String> {
        self.terminology.display(system, code)
    }
}
