//! The nouns of FHIR R4 that every part of the harness shares.

mod issue;

pub use issue::{Issue, IssueCode, Location, Severity};
