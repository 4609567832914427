//! What the FHIR API serves, an interaction each.

pub(super) mod capability;
pub(super) mod documents;
pub(super) mod patient_match;
pub(super) mod read;
pub(super) mod search;
pub(super) mod submissions;
