//! Faults of documents: their references, where they are, and what they hold.

pub(super) mod reference;
pub(super) mod retrieval;
