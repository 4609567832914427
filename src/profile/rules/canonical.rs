//! Canonical references: a canonical URL is absolute, or the fragment of a contained resource (R4
//! references, canonical). Their targets are not looked up; that is told where there is one.

use serde_json::Value;

use crate::fhir::{IssueCode, is_absolute};
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// Finds canonical references that are relative.
pub struct CanonicalForm;

impl Rule for CanonicalForm {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        // In a choice of types another one may have been chosen.
        let url = here.value.and_then(Value::as_str);
        let Some(url) = url.filter(|_| here.type_name == "canonical") else {
            return;
        };
        if !is_absolute(url) && !url.starts_with('#') {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "canonical-form",
                    format!("the canonical URL `{url}` is not absolute"),
                )
                .fix("write the whole URL, or #id for a contained resource"),
                here.place,
            );
        }
    }
}

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
