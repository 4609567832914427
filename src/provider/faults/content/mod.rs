//! Faults of what resources hold, wherever they are shown.

pub(super) mod records;
pub(super) mod show;
pub(super) mod spoilt;
pub(super) mod violations;
