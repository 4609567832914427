//! Search parameters: what a CapabilityStatement or a derived parameter says of one agrees with its
//! definition.

use serde_json::Value;

use super::Rule;
use crate::fhir::IssueCode;
use crate::profile::context::{Finding, Here, Scope, Sink};

/// `CapabilityStatement.rest.resource.searchParam`: the type is that of the definition.
pub struct DeclaredParameter;

/// `SearchParameter.derivedFrom`: type and code stay the same.
pub struct DerivedParameter;

impl Rule for DeclaredParameter {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        compare(here.text("definition"), here, scope, sink);
    }
}

impl Rule for DerivedParameter {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        compare(here.text("derivedFrom"), here, scope, sink);
    }
}

fn compare(definition: Option<&str>, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let (Some(definition), Some(stated)) = (definition, here.text("type")) else {
        return;
    };
    let Some(found) = scope.store.knowledge().search_parameter(definition) else {
        sink.note(
            format!("search parameter {definition}"),
            "its definition is not at hand",
        );
        return;
    };
    let defined = found.get("type").and_then(Value::as_str).unwrap_or_default();
    if defined != stated {
        sink.push(
            Finding::error(
                IssueCode::Value,
                "search-parameter-type",
                format!("the type is {stated}, but {definition} is of type {defined}"),
            )
            .fix("give the type of the definition, or refer to another definition"),
            here.place,
        );
    }
}
