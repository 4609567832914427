//! Identifiers: the system is a URI, and so is the value where the system says so (R4 datatypes,
//! Identifier.system).

use crate::fhir::{IssueCode, is_absolute};
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// The system of values that are URIs themselves.
const URI: &str = "urn:ietf:rfc:3986";

/// Looks at system and value together.
pub struct IdentifierRule;

impl Rule for IdentifierRule {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        let Some(system) = here.text("system") else {
            return;
        };
        if !is_absolute(system) {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "identifier-system",
                    format!("the identifier's system `{system}` is not absolute"),
                )
                .fix("write the whole URI of the system"),
                here.place,
            );
        }
        let Some(value) = here.text("value").filter(|_| system == URI) else {
            return;
        };
        if !is_absolute(value) {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "identifier-uri",
                    format!("by its system {URI} the identifier is a URI, and `{value}` is none"),
                )
                .fix("write the whole URI, such as urn:oid: or urn:uuid: before it, or name the system of the value"),
                here.place,
            );
        }
    }
}
