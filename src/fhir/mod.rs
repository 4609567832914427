//! The nouns of FHIR R4 that every part of the harness shares.

mod date;
mod issue;
mod lines;
mod operation_outcome;
mod resource_type;
mod uri;

pub use date::{DateError, Nanos, PartialDate, Precision};
pub use issue::{Issue, IssueCode, Location, Severity};
pub use lines::Lines;
pub use operation_outcome::{has_errors, operation_outcome};
pub use resource_type::is_resource_type;
pub use uri::is_absolute;
