//! What JSON Schema cannot say: one rule kind a file.

pub mod attachment;
pub mod binding;
pub mod bundle;
pub mod canonical;
pub mod display;
pub mod extension;
pub mod invariant;
pub mod markup;
pub mod narrative;
pub mod range;
pub mod reference;
pub mod search_parameter;
pub mod slicing;
pub mod types;
pub mod vital_signs;
pub mod whole;

use super::context::{Here, Scope, Sink};

/// A compiled rule of one element.
pub trait Rule: Send + Sync {
    /// Checks one element; findings go to the sink.
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink);
}
