//! Displays: what a Coding shows is what its code system shows.

use crate::fhir::{IssueCode, Severity};
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// Compares `Coding.display` with the code system's, where that is at hand. Systems have
/// designations and translations that need not be at hand, so a difference is information.
pub struct DisplayRule;

impl Rule for DisplayRule {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let (Some(system), Some(code), Some(display)) =
            (here.text("system"), here.text("code"), here.text("display"))
        else {
            return;
        };
        let Some(known) = scope.store.knowledge().display(system, code) else {
            return;
        };
        if normal(&known) != normal(display) {
            sink.push(
                Finding::error(
                    IssueCode::Informational,
                    "display",
                    format!(
                        "the display of {code} is `{display}`, its system {system} has `{known}`"
                    ),
                )
                .severity(Severity::Information)
                .fix("use the system's display, unless this is a translation"),
                here.place,
            );
        }
    }
}

fn normal(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
