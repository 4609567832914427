//! What the answer must be like.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::super::friendly;
use super::super::template::Template;

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
    Bundle(BundleRule),
    /// Number of matches over all pages read: at least this many.
    AtLeast(u64),
    /// Number of matches over all pages read: at most this many. A body that is no Bundle has none.
    AtMost(u64),
    /// Where the self link shows `_sort`, the matches are in this order: `_lastUpdated`, or the other way
    /// round with `-` before it.
    Sorted(Template),
    /// Every match is of this type and belongs to this patient (`Type/id`).
    OfPatient(Template),
    /// The variable's resource is among the matches.
    Contains(Spanned<String>),
    /// The variable's resource is not among the matches.
    Lacks(Spanned<String>),
    /// The matches are the same resources (type and id, in any order) as those of the step with
    /// this name.
    SameMatches(Spanned<String>),
    /// The matches are what satisfies the search, by our own evaluation (FHIR R4 search).
    Matches(MatchRule),
    /// The resource is the same content as the variable's resource (apart from `meta` and `text`).
    SameAs(Spanned<String>),
    /// FHIRPath over the body that must be true.
    Fhirpath(Template),
    /// The resource in the body, or where the step makes no request every resource of the case's
    /// type in the pool, is valid against the base definition and these profiles; a template that
    /// renders to nothing names none.
    Profile(Vec<Template>),
    /// The bytes of the body are those that an Attachment describes.
    Attachment(AttachmentRule),
    /// Every resource of a type in the pool keeps a rule.
    Records(RecordsRule),
    /// Every reference of the pool's resources of this type resolves to an allowed type.
    References(Template),
    /// Resources of this type are included beside the matches, and every included resource refers to
    /// a match or is referred to by one.
    Includes(Template),
    /// Over all answers of the run: what was shown with the same type, id and version is the same.
    Versions(VersionRule),
    /// The answer of a token endpoint: a token, as OAuth wants it.
    Token(TokenRule),
    /// The answer of an authorization server is an error with one of these codes, as OAuth wants it; a
    /// template may render to several, separated by spaces.
    OauthError(Vec<Template>),
    /// The body shows nothing of what a caller without rights must not see.
    Discloses(Disclosed),
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

/// What must be true of the versions of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionRule {
    /// A version has one content, wherever it is shown.
    Consistent,
}

/// What an Attachment says of its content; at least one of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttachmentRule {
    /// Bytes.
    #[serde(default)]
    pub size: Option<Template>,
    /// SHA-1 in base64.
    #[serde(default)]
    pub hash: Option<Template>,
}

/// A rule about the resources that were seen.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecordsRule {
    /// Type of the resources.
    pub pool: Template,
    /// FHIRPath that find something in the resources that are meant; where none is meant there is
    /// nothing to judge.
    #[serde(default, deserialize_with = "friendly::one_or_many")]
    pub having: Vec<Template>,
    /// FHIRPath that must be true.
    pub fhirpath: Template,
}

/// What decides which resources belong to a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchRule {
    /// The rules of R4 over all records that were found by patient alone: each that must match is
    /// there, and none that must not. What R4 leaves to servers is neither here nor there.
    Oracle,
}

/// What must come of a token request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenRule {
    Granted,
}

/// What a refusal may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disclosed {
    /// No resource but an OperationOutcome.
    Nothing,
    /// No resource but Patient and OperationOutcome.
    Patient,
    /// Nothing of how the server is made: traces of its program, paths of its files, statements of its
    /// database.
    NoInternals,
}

impl Disclosed {
    /// As in a case file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Patient => "patient",
            Self::NoInternals => "no-internals",
        }
    }
}

/// Rules of a search result (FHIR R4 search and bundle).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BundleRule {
    /// All of them.
    Searchset,
    /// There is one self link, and it holds the search.
    SelfLink,
    /// Every entry has an address of its own.
    FullUrls,
    /// What stands in the entries, and why.
    Entries,
    /// The total is the number of matches.
    Total,
    /// Next links lead to one more page each, and no match comes twice.
    Paging,
}

impl BundleRule {
    /// As it is written in a case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Searchset => "searchset",
            Self::SelfLink => "self-link",
            Self::FullUrls => "full-urls",
            Self::Entries => "entries",
            Self::Total => "total",
            Self::Paging => "paging",
        }
    }
}
