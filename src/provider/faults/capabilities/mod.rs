//! Faults of what an instance declares.

pub(super) mod declare;
pub(super) mod document_capabilities;
