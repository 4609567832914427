//! Canonical references: their targets are not looked up; that is told where there is one.

use super::Rule;
use crate::profile::context::{Here, Scope, Sink};

/// Notes that the target of a canonical was not checked.
pub struct CanonicalNote;

impl Rule for CanonicalNote {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        if here.value.is_some() {
            sink.note(
                format!("target of {}", here.place.element_path()),
                "canonical references are not followed",
            );
        }
    }
}
