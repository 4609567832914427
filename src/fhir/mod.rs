//! The nouns of FHIR R4 that every part of the harness shares.

mod date;
mod issue;

pub use date::{DateError, Nanos, PartialDate, Precision};
pub use issue::{Issue, IssueCode, Location, Severity};
