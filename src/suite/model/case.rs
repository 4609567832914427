//! A case: which rule, of whom, over what, with what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::super::friendly;
use super::super::template::Template;
use super::authorization::ScopeGiven;
use super::foreach::Source;
use super::requires::Requires;
use super::step::Step;

/// Who is under test (EU Health Data API, actors).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    ResourceAccessProvider,
    ResourceConsumer,
    DocumentAccessProvider,
    DocumentConsumer,
    DocumentPublisher,
    ResourceProducer,
    AuthorizationServer,
    AuthorizationClient,
}

/// How strongly a requirement binds (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Conformance {
    #[serde(rename = "MAY")]
    May,
    #[serde(rename = "SHOULD")]
    Should,
    #[serde(rename = "SHALL")]
    Shall,
}

/// One rule, run over a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// Unique, kebab-case, stable between releases.
    pub id: Spanned<String>,
    /// One sentence that says what holds where the case passes; may hold braces.
    pub title: Template,
    /// Why the rule matters, and what a failure means for a user of the system.
    #[serde(default)]
    pub why: Option<String>,
    pub actor: Actor,
    /// Column of the report's matrix, such as `search` or `read`.
    pub group: Spanned<String>,
    /// The resource type the test is about (row of the report's matrix).
    #[serde(default, rename = "type")]
    pub resource_type: Option<Template>,
    /// Ids of the requirements the case verifies.
    pub verifies: Vec<Template>,
    /// Variable → where its values come from, as written; the tests are the product of all, the
    /// last variable changing fastest.
    #[serde(default, deserialize_with = "friendly::ordered")]
    pub foreach: Vec<(Spanned<String>, Source)>,
    /// What the target must have declared; else the test is not applicable.
    #[serde(default)]
    pub requires: Vec<Requires>,
    /// Ids of cases whose tests (of the same resource type, where both have one) must not have failed; else the test is blocked.
    #[serde(default)]
    pub needs: Vec<Spanned<String>>,
    /// True for a case that writes to the target.
    #[serde(default)]
    pub writes: bool,
    /// Variable → a value from the evidence pool or the configuration; none: skip with no-data.
    #[serde(default)]
    pub given: BTreeMap<String, Given>,
    pub steps: Vec<Step>,
    /// The file the case stands in.
    #[serde(skip)]
    pub origin: Origin,
}

/// Where a case stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Path as a reader finds it: below `testcases/` for the built-in suite, else as given.
    pub file: String,
    /// Line of the case's first key, from 1.
    pub line: u64,
    /// Number of lines of the case.
    pub lines: u64,
}

/// A value that a test needs before its first step.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// One resource of the evidence pool.
    Seed(PoolQuery),
    /// One of the configured or found patients, by position from 0: the first, a second other one.
    Patient(usize),
    /// A patient other than the one with this id; the first that has other resources, else any.
    OtherPatient(Template),
    /// The id of a resource of this type that a resource of the pool refers to.
    Referenced(Template),
    /// An id of this type that the target does not have.
    UnknownId(Template),
    /// A scope for rights on a type.
    Scope(ScopeGiven),
    /// The client id of one of the run's clients, by position from 0: its own, a second one.
    ClientId(usize),
    /// A text that no other test and no other run has; it begins with this one.
    Unique(Template),
}

/// What `{variable.field}` can insert of a variable that holds a resource (a seed, or that of
/// `each`). A field that the resource has not: skip with no-data.
///
/// `{variable}` alone inserts the id; variables of the other kinds hold an id and have no fields.
pub const RESOURCE_FIELDS: &[&str] = &[
    "id",
    // The resource type.
    "type",
    // The id of the patient whom the resource is about.
    "patient",
    // `meta.versionId`.
    "version",
    // Where the document of a DocumentReference is: `content.attachment.url` of its first content.
    "url",
    // Its media type: `content.attachment.contentType`.
    "content-type",
    // `meta.lastUpdated` as an HTTP date (RFC 9110, section 5.6.7), such as `Last-Modified` has.
    "last-modified",
];

/// Selects resources from the evidence pool.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PoolQuery {
    /// Resource type.
    pub pool: Template,
    /// Element paths (FHIRPath) that must each have a value; one that renders to nothing is left out.
    #[serde(default, deserialize_with = "friendly::one_or_many")]
    pub having: Vec<Template>,
}
