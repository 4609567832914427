//! What a case file says, as typed values that keep their place in the file.
//!
//! Enums are externally tagged (one key says the kind), so that every value keeps its position and
//! every error names its line. Braces in a [`Template`] insert a named value; nothing else. The JSON
//! Schema of the same format is `case.schema.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::friendly;
use super::template::Template;

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

/// Where a `foreach` variable gets its values.
#[derive(Debug, Clone)]
pub enum Source {
    /// `{table: name, where: {column: value}}`: the variable is a row with fields.
    Table {
        /// Name of a file in `tables/`, without its ending.
        name: Spanned<String>,
        /// Column → the values of which a row must have one.
        filter: Vec<(Spanned<String>, Vec<String>)>,
    },
    /// `[a, b]` or `{in: [a, b]}`: the values themselves.
    In(Vec<Spanned<String>>),
}

/// A [`Source`] as written with keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Values {
    #[serde(default)]
    table: Option<Spanned<String>>,
    #[serde(
        default,
        rename = "where",
        deserialize_with = "friendly::ordered_one_or_many"
    )]
    filter: Vec<(Spanned<String>, Vec<String>)>,
    #[serde(default, rename = "in")]
    values: Option<Vec<Spanned<String>>>,
}

impl TryFrom<Values> for Source {
    type Error = &'static str;

    fn try_from(written: Values) -> Result<Self, Self::Error> {
        match (written.table, written.values) {
            (Some(name), None) => Ok(Source::Table {
                name,
                filter: written.filter,
            }),
            (None, Some(values)) if written.filter.is_empty() => Ok(Source::In(values)),
            (None, Some(_)) => Err("`where` selects rows of a `table`, not of `in`"),
            (Some(_), Some(_)) => Err("both `table` and `in`; keep one"),
            (None, None) => Err("neither `table` nor `in`"),
        }
    }
}

/// A capability the target must have declared, for a test of something optional.
///
/// Where `conformance` renders to `SHALL` the entry is no reason to skip: what must be there is
/// tested whether declared or not. A table row says so in a column of its own.
#[derive(Debug, Clone)]
pub struct Requires {
    pub capability: Capability,
    /// How strongly the capability is demanded; absent: optional.
    pub conformance: Option<Template>,
}

/// What can be declared in a CapabilityStatement.
#[derive(Debug, Clone)]
pub enum Capability {
    /// A resource type: `Condition`.
    Type(Template),
    /// `Type.interaction` with FHIR's interaction code: `Condition.search-type`.
    Interaction(Template),
    /// `Type.name`: `Condition.clinical-status`.
    SearchParameter(Template),
    /// `Type.name` of an operation: `Patient.match`.
    Operation(Template),
    /// Canonical URL of a CapabilityStatement that the target claims to implement
    /// (`CapabilityStatement.instantiates`).
    Instantiates(Template),
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

/// One thing done, and what is expected of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// Name under which later steps refer to the matches of this one.
    #[serde(default, rename = "as")]
    pub name: Option<Spanned<String>>,
    /// Repeats the step over several resources of the pool.
    #[serde(default)]
    pub each: Option<Each>,
    /// What the harness sends (server cases). Absent: the expectations judge the pool.
    #[serde(default)]
    pub request: Option<Action>,
    /// Reserved for client cases: the request that is waited for. Not yet supported.
    #[serde(default, rename = "await")]
    pub awaited: Option<Reserved>,
    /// Reserved for client cases: what is answered. Not yet supported.
    #[serde(default)]
    pub reply: Option<Reserved>,
    /// What the expectations are; at least one.
    pub expect: Vec<Expectation>,
    /// Variable → FHIRPath over the response resource; no value: skip with no-data.
    #[serde(default)]
    pub capture: BTreeMap<String, Spanned<String>>,
}

/// A key whose content is not yet defined: any content is read, and a diagnostic says so.
#[derive(Debug, Clone)]
pub struct Reserved(pub Spanned<()>);

impl<'de> Deserialize<'de> for Reserved {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let any = Spanned::<serde::de::IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(Spanned::new((), any.referenced, any.defined)))
    }
}

/// Repeats a step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Each {
    /// Name of the variable that holds the resource.
    #[serde(rename = "as")]
    pub variable: Spanned<String>,
    pub pool: Template,
    #[serde(default, deserialize_with = "friendly::one_or_many")]
    pub having: Vec<Template>,
    /// At most so many, the first by id.
    pub most: usize,
}

/// A request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Read(ReadRequest),
    Search(SearchRequest),
    /// Any path below the base URL, such as `metadata`.
    Get(GetRequest),
}

/// Read interaction (FHIR R4 http, read).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReadRequest {
    #[serde(rename = "type")]
    pub resource_type: Template,
    pub id: Template,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    #[serde(default)]
    pub fresh: bool,
}

/// Search interaction (FHIR R4 http, search).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SearchRequest {
    #[serde(rename = "type")]
    pub resource_type: Template,
    /// Parameter name (with modifier) → value; a list repeats the parameter. Order as written. A
    /// parameter whose name renders to nothing is left out.
    #[serde(default, deserialize_with = "friendly::ordered_one_or_many")]
    pub query: Vec<(Template, Vec<QueryValue>)>,
    #[serde(default)]
    pub method: Method,
    #[serde(default)]
    pub pages: Pages,
    /// Bytes of the body that are read at most, for a request that should be refused.
    #[serde(default)]
    pub max_body: Option<u64>,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    #[serde(default)]
    pub fresh: bool,
}

/// Plain GET below the base URL; `path` is sent as it stands and may hold a query.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GetRequest {
    pub path: Template,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    #[serde(default)]
    pub fresh: bool,
}

/// How a search is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    #[default]
    Get,
    /// `POST [type]/_search` with a form body.
    Post,
}

/// How far the `next` links are followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pages {
    #[default]
    First,
    All,
}

/// A search parameter's value: plain text, or a map with the kind as its key.
#[derive(Debug, Clone)]
pub enum QueryValue {
    /// The text as it stands.
    Text(Template),
    /// `{from: {seed: s, form: token}}`: derived from what the seed holds for this parameter.
    From(SeedValue),
}

/// A value derived from what a seed holds for the search parameter it is used with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedValue {
    /// The variable of the seed.
    pub seed: Spanned<String>,
    #[serde(default)]
    pub form: ValueForm,
    /// Comparison put before the value (FHIR R4 search, prefixes), such as `ge`.
    #[serde(default)]
    pub prefix: Option<Template>,
}

/// How a resource's value is written in a search (FHIR R4 search, parameter types).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueForm {
    /// As the type of the search parameter has it: token, reference, date or string.
    #[default]
    Own,
    /// `system|code`, or `code` where the value has no system.
    Token,
    /// `code` alone.
    Code,
    /// `system|code` with the seed's code and a system that nobody uses, for a search that must
    /// find nothing.
    OtherSystem,
    /// `Type/id`.
    Reference,
    /// `id` of a reference alone.
    Id,
    /// The date as it stands; of a Period its start.
    Date,
    /// The text as it stands.
    String,
    /// The first three characters of the text, in lower case.
    Start,
}

/// What a step's response, or the pool, must be like.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// A missed expectation in here is a warning.
    Should(GroupedExpectations),
    /// Expectations that verify requirements beyond those of the case.
    Shall(GroupedExpectations),
    Status(StatusRule),
    Header(HeaderRule),
    /// The body is a FHIR resource of this type, in FHIR JSON with a FHIR media type.
    Resource(Template),
    /// The body is an OperationOutcome with at least one issue of severity error or fatal.
    OperationOutcome(Expected),
    /// The body is a Bundle that keeps the rules of its kind.
    Bundle(BundleKind),
    /// Number of matches over all pages read: at least this many.
    AtLeast(u64),
    /// Number of matches over all pages read: at most this many. A body that is no Bundle has none.
    AtMost(u64),
    /// Every match is of this type and belongs to this patient (`Type/id`).
    OfPatient(Template),
    /// The variable's resource is among the matches.
    Contains(Spanned<String>),
    /// The variable's resource is not among the matches.
    Lacks(Spanned<String>),
    /// The matches are the same resources (type and id, in any order) as those of the step with
    /// this name.
    SameMatches(Spanned<String>),
    /// The resource is the same content as the variable's resource (apart from `meta` and `text`).
    SameAs(Spanned<String>),
    /// FHIRPath over the body that must be true.
    Fhirpath(Template),
    /// The resource in the body, or where the step makes no request every resource of the case's
    /// type in the pool, is valid against the base definition and these profiles; a template that
    /// renders to nothing names none.
    Profile(Vec<Template>),
    /// Every reference of the pool's resources of this type resolves to an allowed type.
    References(Template),
}

/// A group of expectations.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GroupedExpectations {
    #[serde(default)]
    pub verifies: Vec<Template>,
    pub expect: Vec<Expectation>,
}

/// Whether something must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    Required,
    /// Judged only where it is there.
    IfPresent,
}

/// Allowed status codes: each a code (`404`) or a class (`4xx`).
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct StatusRule(
    #[serde(deserialize_with = "friendly::status_codes")] pub Vec<Spanned<String>>,
);

/// What a header must be like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HeaderRule {
    pub name: Spanned<String>,
    /// The whole value.
    #[serde(default)]
    pub is: Option<Template>,
    /// Regular expression over the whole value; without both the header must be there.
    #[serde(default)]
    pub matches: Option<Spanned<String>>,
}

/// The kinds of Bundles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BundleKind {
    /// Search result (FHIR R4 search and bundle).
    Searchset,
}
