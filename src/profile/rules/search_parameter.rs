//! Search parameters: what a CapabilityStatement or a derived parameter says of one agrees with its
//! definition.

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// `CapabilityStatement.rest.resource.searchParam`: the type is that of the definition.
pub struct DeclaredParameter;

/// A SearchParameter in itself: the type is that of the one it is derived from, and a composite one
/// has components.
pub struct DerivedParameter;

impl Rule for DeclaredParameter {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        compare(here.text("definition"), here, scope, sink);
    }
}

impl Rule for DerivedParameter {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        compare(here.text("derivedFrom"), here, scope, sink);
        let components = here
            .value
            .and_then(|value| value.get("component"))
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        if here.text("type") == Some("composite") && components < 2 {
            sink.push(
                Finding::error(
                    IssueCode::Required,
                    "search-parameter-components",
                    "a composite search parameter has fewer than two components",
                )
                .fix("list the parameters that it is composed of in `component`"),
                here.place,
            );
        }
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
    let defined = found
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
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
