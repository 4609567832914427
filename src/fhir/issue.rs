//! One finding about a resource, in the terms of OperationOutcome.

use serde::{Deserialize, Serialize};

/// How bad a finding is (FHIR R4, value set `issue-severity`), least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing wrong; something the reader may want to know, such as what was not checked.
    Information,
    /// Allowed, but not what the specification recommends.
    Warning,
    /// A rule is broken.
    Error,
    /// The content could not be read at all.
    Fatal,
}

/// What kind of rule a finding is about (FHIR R4, value set `issue-type`; the codes in use here).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueCode {
    /// The content is no FHIR resource, or has members FHIR does not know.
    Structure,
    /// An element that must be there is missing.
    Required,
    /// A value is not of the form or range its definition demands.
    Value,
    /// A constraint (invariant) of a definition does not hold.
    Invariant,
    /// A code is not in the value set its element is bound to.
    CodeInvalid,
    /// A modifier extension or an extension is not understood or not allowed here.
    Extension,
    /// Something referred to could not be found.
    NotFound,
    /// Something could not be checked because a feature or a definition is missing.
    NotSupported,
    /// A rule that does not hold, of no other kind (for example a business rule).
    BusinessRule,
    /// Content is too long or too large.
    TooLong,
    /// Duplicate content.
    Duplicate,
    /// An informational note.
    Informational,
}

/// Where in a resource a finding is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// FHIRPath expression from the resource root, such as `Patient.name[0].family`.
    pub expression: String,
    /// JSON pointer (RFC 6901) from the document root, such as `/name/0/family`.
    pub pointer: String,
    /// Line in the JSON text, from 1, where the text is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in that line, in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// One finding about a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    pub severity: Severity,
    pub code: IssueCode,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    pub location: Location,
    /// Canonical URL of the definition whose rule this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Stable kebab-case name of the rule kind (`cardinality-min`, `binding`, ...) or the
    /// constraint's key (`dom-3`).
    pub rule: String,
}
