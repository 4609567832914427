//! Ids inside a resource: each stands once among its elements, and once among what it contains (R4
//! element, Element.id; references, contained resources).

use std::collections::HashSet;

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// Deeper content is not looked at by any rule.
const MAX_DEPTH: usize = 64;

/// Compares the ids of a resource's elements, and those of its contained resources.
pub struct ElementIds;

impl Rule for ElementIds {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        let Some(Value::Object(members)) = here.value else {
            return;
        };
        let mut seen = HashSet::new();
        let mut repeated = Vec::new();
        for member in members.values() {
            collect(member, 0, &mut seen, &mut repeated);
        }
        let contained = members.get("contained").and_then(Value::as_array);
        let mut contained_ids = HashSet::new();
        for resource in contained.into_iter().flatten() {
            let id = resource.get("id").and_then(Value::as_str);
            if let Some(id) = id.filter(|id| !contained_ids.insert(*id)) {
                sink.push(
                    Finding::error(
                        IssueCode::Duplicate,
                        "contained-id",
                        format!("two contained resources have the id `{id}`"),
                    )
                    .fix("give each contained resource an id of its own"),
                    here.place,
                );
            }
        }
        for id in repeated {
            sink.push(
                Finding::error(
                    IssueCode::Duplicate,
                    "element-id",
                    format!("two elements have the id `{id}`"),
                )
                .fix("give each element of a resource an id of its own, or none"),
                here.place,
            );
        }
    }
}

fn collect<'v>(
    value: &'v Value,
    depth: usize,
    seen: &mut HashSet<&'v str>,
    repeated: &mut Vec<&'v str>,
) {
    match value {
        _ if depth > MAX_DEPTH => {}
        Value::Object(members) if members.contains_key("resourceType") => {}
        Value::Object(members) => {
            let id = members.get("id").and_then(Value::as_str);
            repeated.extend(id.filter(|id| !seen.insert(*id)));
            for member in members.values() {
                collect(member, depth + 1, seen, repeated);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(item, depth + 1, seen, repeated);
            }
        }
        _ => {}
    }
}
