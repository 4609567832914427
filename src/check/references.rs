//! `references`: references of the pool's resources lead to resources of an allowed type.

use serde_json::Value;
use std::collections::BTreeSet;

use super::finding::number;
use super::{Finding, View};
use crate::fhir::{Issue, IssueCode, Location, Severity};
use crate::pool::Resolution;
use crate::suite::Template;

pub(super) fn check(kind: &Template, view: &View<'_>) -> Finding {
    let kind = view.scope.render_known(kind);
    let mut issues = Vec::new();
    let mut resources = 0;
    let mut found = 0;
    for resource in view.pool.of_type(&kind) {
        resources += 1;
        let name = format!("{kind}/{}", resource["id"].as_str().unwrap_or("?"));
        for (path, reference) in literal_references(resource) {
            found += 1;
            if let Some(issue) = complaint(resource, &name, &path, reference, view) {
                issues.push(issue);
            }
        }
    }
    if resources == 0 {
        return Finding::no_data(format!(
            "the target showed no {kind} resource; load some for the patients under test"
        ));
    }
    let mut seen = BTreeSet::new();
    issues.retain(|issue| {
        issue.severity > Severity::Information || seen.insert(issue.message.clone())
    });
    Finding::of_issues(
        format!(
            "{} of {} to resolve",
            number(found, "reference"),
            number(resources, "resource")
        ),
        issues,
    )
}

/// Every literal reference of a resource with its path, contained resources included. Bounded by
/// the depth of JSON that the parser accepts.
pub(super) fn literal_references(resource: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    let root = resource["resourceType"].as_str().unwrap_or("Resource");
    collect(resource, root.to_owned(), &mut found);
    found
}

fn collect<'a>(value: &'a Value, path: String, found: &mut Vec<(String, &'a str)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "reference" => found.push((path.clone(), text)),
                    _ => collect(member, format!("{path}.{name}"), found),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

fn complaint(
    resource: &Value,
    name: &str,
    path: &str,
    reference: &str,
    view: &View<'_>,
) -> Option<Issue> {
    let issue = |severity, code, rule: &str, message: String, fix: &str| {
        Some(Issue {
            severity,
            code,
            message,
            fix: (!fix.is_empty()).then(|| fix.to_owned()),
            location: Location {
                expression: path.to_owned(),
                ..Location::default()
            },
            profile: None,
            rule: rule.to_owned(),
        })
    };
    if let Some(id) = reference.strip_prefix('#') {
        let is_there = id.is_empty()
            || resource["contained"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|inner| inner["id"] == id);
        if is_there {
            return None;
        }
        return issue(
            Severity::Error,
            IssueCode::NotFound,
            "reference-contained",
            format!("{name}: {reference} points to no contained resource"),
            "contain the resource, or refer to one that exists",
        );
    }
    let local = reference
        .strip_prefix(view.base)
        .map_or(reference, |rest| rest.trim_start_matches('/'));
    match view.pool.resolution(local) {
        Some(Resolution::Found(found)) => {
            let claimed = local.split('/').next().unwrap_or_default();
            if claimed == found {
                return None;
            }
            issue(
                Severity::Error,
                IssueCode::Value,
                "reference-type",
                format!("{name}: {reference} leads to a {found}"),
                "refer to a resource of the type that the reference names",
            )
        }
        Some(Resolution::Missing(why)) => issue(
            Severity::Error,
            IssueCode::NotFound,
            "reference-dangling",
            format!("{name}: {reference} does not resolve: {why}"),
            "serve the resource that is referred to, or leave the reference out",
        ),
        Some(Resolution::Unchecked(why)) => issue(
            Severity::Information,
            IssueCode::NotSupported,
            "not-checked",
            format!("not checked: {reference}: {why}"),
            "",
        ),
        None => None,
    }
}
