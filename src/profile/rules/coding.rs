//! Codes: a code is one of the system that it names (R4 datatypes, Coding and Quantity).

use crate::fhir::{IssueCode, Severity};
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};
use crate::terminology::Membership;

/// Looks a code up in its system, where the system is at hand in full. Where it is not, that is a
/// matter of the bindings, which say so.
pub struct CodeOfSystem;

impl Rule for CodeOfSystem {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        // Another version of the system may have the code.
        let (Some(system), Some(code), None) =
            (here.text("system"), here.text("code"), here.text("version"))
        else {
            return;
        };
        let knowledge = scope.store.knowledge();
        if knowledge.check_system(system, code) != Membership::NotMember {
            return;
        }
        let is_settled = knowledge.is_settled(system);
        let message = if is_settled {
            format!("the code system {system} has no code {code}")
        } else {
            format!("the code system {system} had no code {code} when FHIR R4 was published")
        };
        let severity = if is_settled {
            Severity::Error
        } else {
            Severity::Warning
        };
        sink.push(
            Finding::error(IssueCode::CodeInvalid, "code-of-system", message)
                .severity(severity)
                .fix("use a code of that system, or name the system that the code is of"),
            here.place,
        );
    }
}
