//! The catalogue of requirements that cases verify.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::suite::{Actor, Conformance};

/// One testable statement of a specification, in our own words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Unique and stable, such as `EHDA-RAP-CND-READ-001`.
    pub id: Spanned<String>,
    pub actor: Actor,
    /// IHE transaction (`PCC-44`) or kind of interaction (`read`).
    pub transaction: String,
    pub conformance: Conformance,
    /// When the requirement applies; absent: always.
    #[serde(default)]
    pub condition: Option<String>,
    pub statement: String,
    /// Specification and section.
    pub source: String,
    pub basis: Basis,
    /// Why no case verifies it; absent: a case does.
    #[serde(default)]
    pub untested: Option<Spanned<String>>,
}

/// Where a requirement comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Stated by the EU Health Data API itself.
    Explicit,
    /// Stated by a specification that it inherits or names.
    Inherited,
    /// A rule of FHIR R4, HTTP or OAuth.
    BaseFhir,
    /// Our deduction from stated rules.
    Derived,
}

/// All known requirements.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    requirements: BTreeMap<String, Requirement>,
}

impl Catalogue {
    /// Adds a requirement, in the place of one with the same id.
    pub fn put(&mut self, requirement: Requirement) {
        self.requirements
            .insert(requirement.id.value.clone(), requirement);
    }

    /// The requirement with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.requirements.get(id)
    }

    /// All requirements, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.values()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.requirements.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }
}
