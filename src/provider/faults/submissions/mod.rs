//! Faults of what is handed in, asked for or not.

pub(super) mod judging;
pub(super) mod writing;
