//! `references`: references of the pool's resources lead to resources of an allowed type.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::finding::{number, pointer};
use super::{Finding, View};
use crate::fhir::{Issue, IssueCode, Location, Severity};
use crate::pool::{Key, Pool, Resolution, local_reference};
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
                pointer: format!("{}/reference", pointer(path)),
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
    let target = Target::of(reference, view.base);
    match target.resolution(view.pool) {
        Resolution::Found(found) => {
            if target.claims(&found) {
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
        Resolution::Missing(why) => issue(
            Severity::Error,
            IssueCode::NotFound,
            "reference-dangling",
            format!("{name}: {reference} does not resolve: {why}"),
            "serve the resource that is referred to, or leave the reference out",
        ),
        Resolution::Unchecked(why) => issue(
            Severity::Information,
            IssueCode::NotSupported,
            "not-checked",
            format!("not checked: {reference}: {why}"),
            "",
        ),
    }
}

/// What a reference points to (R4 references, "Literal References").
enum Target<'r> {
    /// A resource of the target server.
    Own(Key),
    /// An entry of the Bundle that the resource came in.
    Entry(&'r str),
    /// Another server.
    Outside,
    /// Neither a URL nor `Type/id`.
    Nowhere,
}

impl<'r> Target<'r> {
    fn of(reference: &'r str, base: &str) -> Self {
        if reference.starts_with("urn:") {
            return Self::Entry(reference);
        }
        match local_reference(reference, base) {
            Some(key) => Self::Own(key),
            None if Url::parse(reference).is_ok() => Self::Outside,
            None => Self::Nowhere,
        }
    }

    fn resolution(&self, pool: &Pool) -> Resolution {
        match self {
            Self::Own((kind, id)) => pool
                .resolution(&format!("{kind}/{id}"))
                .cloned()
                .or_else(|| pool.get(kind, id).map(|_| Resolution::Found(kind.clone())))
                .unwrap_or_else(|| {
                    Resolution::Unchecked(
                        "it was first seen when references had been followed".into(),
                    )
                }),
            Self::Entry(urn) => pool.resolution(urn).cloned().unwrap_or_else(|| {
                Resolution::Missing("it names no entry of a Bundle that was seen".into())
            }),
            Self::Outside => {
                Resolution::Unchecked("it is on another server, which is not contacted".into())
            }
            Self::Nowhere => Resolution::Missing("it is neither a URL nor Type/id".into()),
        }
    }

    /// Whether the reference itself says that its target is of this type, or says nothing.
    fn claims(&self, found: &str) -> bool {
        match self {
            Self::Own((kind, _)) => kind == found,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use serde_json::json;

    #[test]
    fn where_references_lead() {
        let mut pool = Pool::default();
        pool.add(&Arc::new(json!({ "resourceType": "Patient", "id": "1" })));
        pool.resolve("urn:uuid:1".into(), Resolution::Found("Patient".into()));
        pool.resolve("Patient/gone".into(), Resolution::Missing("404".into()));
        for (reference, expected) in [
            ("Patient/1", "found"),
            ("Patient/1/_history/2", "found"),
            ("http://h/fhir/Patient/1", "found"),
            ("urn:uuid:1", "found"),
            ("Patient/gone", "missing"),
            ("http://h/fhir/Patient/gone", "missing"),
            ("urn:uuid:2", "missing"),
            ("nonsense", "missing"),
            ("Patient/new", "unchecked"),
            ("http://other/fhir/Patient/1", "unchecked"),
        ] {
            let found = match Target::of(reference, "http://h/fhir").resolution(&pool) {
                Resolution::Found(_) => "found",
                Resolution::Missing(_) => "missing",
                Resolution::Unchecked(_) => "unchecked",
            };
            assert_eq!(found, expected, "{reference}");
        }
    }

    #[test]
    fn paths_name_the_reference_in_both_notations() {
        let resource = json!({
            "resourceType": "Condition",
            "subject": { "reference": "Patient/1" },
            "contained": [{ "x": [{ "reference": "#a" }] }]
        });
        let mut found = literal_references(&resource);
        found.sort();
        assert_eq!(
            found,
            [
                ("Condition.contained[0].x[0]".to_owned(), "#a"),
                ("Condition.subject".to_owned(), "Patient/1"),
            ]
        );
        assert_eq!(pointer("Condition.contained[0].x[0]"), "/contained/0/x/0");
    }
}
