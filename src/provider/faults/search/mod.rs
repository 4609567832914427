//! Faults of searches, and of how patients are found.

pub(super) mod asking;
pub(super) mod combining;
pub(super) mod matching;
pub(super) mod page;
pub(super) mod patient_lookup;
pub(super) mod patient_match;
