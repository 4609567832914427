//! `profile`: resources are valid against FHIR R4 and against profiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::finding::number;
use super::{Finding, View};
use crate::fhir::{Issue, IssueCode, Location, Severity};
use crate::suite::Template;

/// Issues that are listed at most; the rest is counted.
const LISTED: usize = 200;

pub(super) fn check(profiles: &[Template], view: &View<'_>) -> Finding {
    let profiles: Vec<String> = profiles
        .iter()
        .map(|profile| view.scope.render_known(profile))
        .filter(|profile| !profile.is_empty())
        .collect();
    if let Err(problem) = view.validator.prepare(&profiles) {
        return Finding::error("a profile that can be used", problem.to_string());
    }
    let resources: Vec<&Arc<Value>> = match (view.answer, &view.test.resource_type) {
        (Some(answer), _) => match answer.body() {
            Ok(body) => vec![body],
            Err(problem) => return Finding::fail(expectation(1, &profiles), problem),
        },
        (None, Some(kind)) => view.pool.of_type(kind).collect(),
        (None, None) => view.pool.iter().collect(),
    };
    if resources.is_empty() {
        let kind = view.test.resource_type.as_deref().unwrap_or("any");
        return Finding::no_data(format!(
            "the target showed no {kind} resource; load some for the patients under test"
        ));
    }
    let mut judged = Judged::default();
    for resource in &resources {
        judged.add(resource, &profiles, view);
    }
    Finding {
        validated: resources.len() as u64,
        ..Finding::of_issues(
            expectation(resources.len(), &profiles),
            judged.into_issues(),
        )
    }
}

fn expectation(count: usize, profiles: &[String]) -> String {
    let against = if profiles.is_empty() {
        "FHIR R4".to_owned()
    } else {
        profiles.join(", ")
    };
    format!("{} valid against {against}", number(count, "resource"))
}

/// Issues of several resources, each with the resource's name before its path.
#[derive(Default)]
struct Judged {
    issues: Vec<Issue>,
    unchecked: BTreeMap<(String, String), usize>,
}

impl Judged {
    fn add(&mut self, resource: &Value, profiles: &[String], view: &View<'_>) {
        let validation = view.validator.validate(resource, profiles);
        let name = match (resource["resourceType"].as_str(), resource["id"].as_str()) {
            (Some(kind), Some(id)) => format!("{kind}/{id}: "),
            _ => String::new(),
        };
        // What is only good to know would hide what must be mended.
        let wanted = validation
            .issues
            .into_iter()
            .filter(|issue| issue.severity > Severity::Information);
        self.issues.extend(wanted.map(|mut issue| {
            issue.message.insert_str(0, &name);
            issue
        }));
        for open in validation.unchecked {
            *self.unchecked.entry((open.what, open.why)).or_default() += 1;
        }
    }

    fn into_issues(mut self) -> Vec<Issue> {
        self.issues
            .sort_by_key(|issue| std::cmp::Reverse(issue.severity));
        let more = self.issues.len().saturating_sub(LISTED);
        self.issues.truncate(LISTED);
        if more > 0 {
            self.issues.push(note(
                "issues-left-out",
                format!("{} more of them", number(more, "issue")),
            ));
        }
        self.issues
            .extend(self.unchecked.into_iter().map(|((what, why), count)| {
                note(
                    "not-checked",
                    format!("not checked, {}: {what}: {why}", number(count, "time")),
                )
            }));
        self.issues
    }
}

fn note(rule: &str, message: String) -> Issue {
    Issue {
        severity: Severity::Information,
        code: IssueCode::NotSupported,
        message,
        fix: None,
        location: Location::default(),
        profile: None,
        rule: rule.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_issues_are_listed_and_the_rest_is_counted() {
        let judged = |count: usize| {
            let mut issues: Vec<Issue> = (1..count).map(|_| note("a", "n".to_owned())).collect();
            issues.push(Issue {
                severity: Severity::Error,
                ..note("b", "n".to_owned())
            });
            let judged = Judged {
                issues,
                ..Judged::default()
            };
            judged.into_issues()
        };
        assert_eq!(judged(LISTED).len(), LISTED);
        let listed = judged(LISTED + 2);
        assert_eq!(listed.len(), LISTED + 1);
        assert_eq!(listed[0].rule, "b");
        assert_eq!(listed[LISTED].message, "2 issues more of them");
    }
}
