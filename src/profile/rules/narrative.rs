//! Narrative: the XHTML of `Narrative.div` (R4 narrative, txt-1 and txt-2).

use serde_json::Value;

use super::Rule;
use crate::fhir::IssueCode;
use crate::fhirpath::html::{Fault, check};
use crate::profile::context::{Finding, Here, Scope, Sink};

/// Stands in for the constraints txt-1 and txt-2, so that each fault gets its own message.
pub struct NarrativeRule;

impl Rule for NarrativeRule {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        let Some(Value::String(div)) = here.value else {
            return;
        };
        for fault in check(div).into_iter().take(10) {
            let (rule, message, fix) = describe(&fault);
            sink.push(
                Finding::error(IssueCode::Invariant, rule, message).fix(fix),
                here.place,
            );
        }
    }
}

fn describe(fault: &Fault) -> (&'static str, String, &'static str) {
    match fault {
        Fault::Malformed(reason) => (
            "narrative-xml",
            format!("the narrative is not well-formed XHTML: {reason}"),
            "close and nest every tag, quote every attribute, write `&` as `&amp;`",
        ),
        Fault::Root => (
            "txt-1",
            "the narrative's root is not a `div` in the XHTML namespace".to_owned(),
            "wrap the content in <div xmlns=\"http://www.w3.org/1999/xhtml\">",
        ),
        Fault::Element(name) => (
            "txt-1",
            format!("a narrative must not hold the element `{name}`"),
            "remove it, or use the basic formatting elements of HTML 4.0",
        ),
        Fault::Attribute(name) => (
            "txt-1",
            format!("a narrative must not hold the attribute `{name}`"),
            "remove the attribute",
        ),
        Fault::Empty => (
            "txt-2",
            "the narrative shows nothing".to_owned(),
            "give it text or an image, or leave the narrative out",
        ),
    }
}
