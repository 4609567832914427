//! Faults of authorization: what clients are told, how tokens are given, and what they are good for.

pub(super) mod assertion;
pub(super) mod discovery;
pub(super) mod introspection;
pub(super) mod protection;
pub(super) mod token;
