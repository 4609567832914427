//! What a run needs to know, with every default decided.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{AuthorizationConfig, PatientKey};
use crate::http::HttpSettings;
use crate::outcome::{CapabilityKind, Evidence};
use crate::suite::Actor;

/// Everything a run needs to know, with every default decided.
#[derive(Debug, Clone)]
pub struct RunConfig {
    /// FHIR base URL; absent: the embedded reference provider.
    pub target: Option<Url>,
    pub actor: Actor,
    /// Texts of which a test's id, title or requirement ids must contain one; empty: all tests.
    pub filters: Vec<String>,
    /// Ids of the only tests to run; absent: all that the filters select.
    pub only: Option<BTreeSet<String>>,
    /// Folders that add cases to the built-in suite or replace them by id.
    pub suites: Vec<PathBuf>,
    /// The patients to test with, most important first.
    pub patients: Vec<PatientKey>,
    pub http: HttpSettings,
    pub authorization: AuthorizationConfig,
    /// Absent: full for the embedded provider, else failures.
    pub evidence: Option<Evidence>,
    pub allow_writes: bool,
    /// FHIR packages, folders or files whose definitions win over the embedded ones.
    pub packages: Vec<String>,
    /// FHIR base URL of the terminology server to ask for what can't be decided here.
    pub terminology_server: Option<String>,
    /// Replaces what the target declares.
    pub capabilities: Option<DeclaredCapabilities>,
}

/// What a target supports: from its CapabilityStatement, by probing, or from the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DeclaredCapabilities {
    pub types: BTreeMap<String, DeclaredType>,
    /// Canonical URLs of the CapabilityStatements that the target claims to implement, without
    /// versions; only from its own CapabilityStatement.
    #[serde(skip)]
    pub instantiates: Vec<String>,
    /// The target's CapabilityStatement itself.
    #[serde(skip)]
    pub statement: Option<Value>,
    /// True where nobody declared anything, and the types that answer were looked for instead.
    #[serde(skip)]
    pub guessed: bool,
}

impl DeclaredType {
    /// What is declared of this kind.
    #[must_use]
    pub fn names(&self, kind: CapabilityKind) -> &[String] {
        match kind {
            CapabilityKind::Interaction => &self.interactions,
            CapabilityKind::SearchParameter => &self.search_parameters,
            CapabilityKind::Include => &self.includes,
            CapabilityKind::Operation => &self.operations,
        }
    }

    /// Adds what is declared.
    pub fn declare(&mut self, kind: CapabilityKind, name: &str) {
        let names = match kind {
            CapabilityKind::Interaction => &mut self.interactions,
            CapabilityKind::SearchParameter => &mut self.search_parameters,
            CapabilityKind::Include => &mut self.includes,
            CapabilityKind::Operation => &mut self.operations,
        };
        names.push(name.to_owned());
    }
}

/// What a target supports of one resource type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct DeclaredType {
    /// FHIR's interaction codes, such as `search-type`.
    pub interactions: Vec<String>,
    pub search_parameters: Vec<String>,
    /// Canonical URLs of `profile` and `supportedProfile`.
    pub profiles: Vec<String>,
    /// Names of operations, without `$`.
    pub operations: Vec<String>,
    /// Values of `_include` and `_revinclude`.
    pub includes: Vec<String>,
}
