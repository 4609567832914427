//! What a run found: the record that every report derives from.
//!
//! ```text
//! RunOutcome ── RunInfo, Summary
//!  ├─ CaseOutcome ── TestOutcome ── StepOutcome ── ExpectationOutcome ── Issue
//!  ├─ Exchange        (each once; steps refer to it by id)
//!  ├─ RequirementRef  (each cited requirement once)
//!  └─ Untested        (requirements without a case, with the reason)
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fhir::Issue;
use crate::http::exchange::{Exchange, ExchangeId};
use crate::suite::{Actor, Conformance};

/// The five words of FHIR TestReport, in rising order; a parent takes the highest of its children.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Not run; a [`Skip`] says why.
    #[default]
    Skip,
    Pass,
    /// Something recommended (SHOULD) is missing.
    Warning,
    /// The system under test is wrong.
    Fail,
    /// We, or the network, could not tell.
    Error,
}

/// Why a test was not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    pub kind: SkipKind,
    /// Why, and what to do to have it run, in one sentence.
    pub reason: String,
}

/// The kinds of reasons for a skip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipKind {
    /// Optional and not declared, or an option not chosen.
    NotApplicable,
    /// The target showed nothing to test with; the reason says what to load.
    NoData,
    /// A test that this one needs did not pass.
    Blocked,
    /// The user did not select it.
    Deselected,
}

/// Everything one run found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunOutcome {
    pub run: RunInfo,
    pub summary: Summary,
    pub cases: Vec<CaseOutcome>,
    pub exchanges: Vec<Exchange>,
    /// The requirements that the cases cite.
    pub requirements: Vec<RequirementRef>,
    /// The actor's requirements that no case verifies, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untested: Vec<Untested>,
    /// What the target declares, and what it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<CapabilityOutcome>,
    /// Case files that could not be loaded, rendered for reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<String>,
}

/// What was run, against what, how.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunInfo {
    /// Name and version of this program.
    pub tool: String,
    /// SHA-256 over all case files and tables, lower-case hexadecimal.
    pub suite_sha256: String,
    pub target: Target,
    pub actor: Actor,
    /// RFC 3339, UTC.
    pub started: String,
    pub duration_ms: u64,
    /// The filters that selected tests; empty for the whole suite.
    pub filters: Vec<String>,
    /// True when filters left tests out or the run was interrupted.
    pub partial: bool,
    pub interrupted: bool,
    pub evidence: Evidence,
    /// Why the target did not let the run in, where it did not: then hardly anything was tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Stamps that limit what the run proves (certificate checks off, declaration replaced, ...).
    pub notes: Vec<String>,
    /// The profile definitions that were used, as `url|version`.
    pub definitions: Vec<String>,
}

/// The system under test.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    /// FHIR base URL.
    pub url: String,
    /// True for the embedded reference provider.
    pub embedded: bool,
    /// Software name and version from the CapabilityStatement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
}

/// How much of the exchanges is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Bodies of all exchanges.
    Full,
    /// Bodies of exchanges of tests that did not pass.
    #[default]
    Failures,
    /// No bodies, and no values in messages: type, length and hash only.
    None,
}

/// The counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub verdict: Verdict,
    /// Tests by verdict.
    pub tests: BTreeMap<Verdict, u64>,
    /// Skipped tests by reason.
    pub skips: BTreeMap<SkipKind, u64>,
    /// Distinct requirements linked by the cases of this run.
    pub requirements_linked: u64,
    /// Distinct requirements with a test that ended in pass, warning or fail.
    pub requirements_exercised: u64,
    /// Of those, the SHALL ones.
    pub shall_exercised: u64,
    /// Requests sent.
    pub requests: u64,
    /// Resources validated against profiles.
    pub resources_validated: u64,
}

/// A capability of a type, as a CapabilityStatement names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CapabilityKey {
    #[serde(rename = "type")]
    pub resource_type: String,
    pub kind: CapabilityKind,
    /// FHIR's code or name, of an include its value.
    pub name: String,
}

/// What can be declared of a type (FHIR R4 capabilitystatement, `rest.resource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CapabilityKind {
    Interaction,
    SearchParameter,
    /// `searchInclude` and `searchRevInclude`.
    Include,
    Operation,
}

/// What the run saw of a capability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityOutcome {
    #[serde(flatten)]
    pub key: CapabilityKey,
    pub declared: bool,
    /// `skip` where no test speaks for it.
    pub verdict: Verdict,
    /// Ids of the tests that speak for it. One that is not declared was tried by the first of them,
    /// which does not count otherwise.
    pub tests: Vec<String>,
}

impl CapabilityKey {
    /// A capability of this type.
    #[must_use]
    pub fn new(resource_type: &str, kind: CapabilityKind, name: &str) -> Self {
        Self {
            resource_type: resource_type.to_owned(),
            kind,
            name: name.to_owned(),
        }
    }
}

/// A requirement as cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementRef {
    pub id: String,
    pub statement: String,
    pub conformance: Conformance,
    /// Specification and section.
    pub source: String,
}

/// A requirement that no case verifies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untested {
    pub id: String,
    pub statement: String,
    pub conformance: Conformance,
    /// Specification and section.
    pub source: String,
    /// Why no case verifies it.
    pub reason: String,
}

/// One case with its tests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CaseOutcome {
    pub id: String,
    pub title: String,
    /// Why the rule matters, and what a failure means for a user of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    pub actor: Actor,
    /// Column of the matrix: what kind of behaviour this case is about.
    pub group: String,
    pub verdict: Verdict,
    pub tests: Vec<TestOutcome>,
}

/// One test: a case with one row of its table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TestOutcome {
    /// `case/row`, or `case` where there is no table; stable between runs.
    pub id: String,
    /// The case's title with the row's values.
    pub title: String,
    /// The resource type the test is about: row of the matrix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Ids of the requirements the test verifies.
    pub verifies: Vec<String>,
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
    pub duration_ms: u64,
    pub steps: Vec<StepOutcome>,
}

/// One step: the exchanges made and what was expected of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepOutcome {
    /// What was done, such as `GET Condition?patient=p1, all pages`.
    pub title: String,
    pub exchanges: Vec<ExchangeId>,
    pub expectations: Vec<ExpectationOutcome>,
}

/// One expectation and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExpectationOutcome {
    /// Kind of the expectation in the case file, such as `status`.
    pub kind: String,
    pub verdict: Verdict,
    /// Present where the expectation was not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
    /// What was expected, in words.
    pub expected: String,
    /// What was found, in words.
    pub actual: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Requirements that this expectation verifies beyond those of its case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifies: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

impl ExpectationOutcome {
    /// Kind of what stands for a whole step.
    const REQUEST: &str = "request";

    /// What stands for a step that was not done.
    #[must_use]
    pub fn not_done(why: Skip) -> Self {
        Self {
            kind: Self::REQUEST.to_owned(),
            verdict: Verdict::Skip,
            skip: Some(why),
            expected: String::new(),
            actual: String::new(),
            fix: None,
            verifies: Vec::new(),
            issues: Vec::new(),
        }
    }

    /// Whether it stands for a step that was not done, or for something optional that the target did
    /// not do.
    #[must_use]
    pub fn is_not_done(&self) -> bool {
        let declined = self
            .skip
            .as_ref()
            .is_some_and(|skip| skip.kind == SkipKind::NotApplicable);
        self.verdict == Verdict::Skip && (declined || self.kind == Self::REQUEST)
    }
}
