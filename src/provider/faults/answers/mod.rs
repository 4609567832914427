//! Faults of answers: status, headers, format and bytes.

mod common;
pub(super) mod failure;
pub(super) mod negotiation;
pub(super) mod results;
pub(super) mod serialise;
