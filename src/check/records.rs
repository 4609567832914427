//! `records`: every resource of a type that was seen keeps a rule in FHIRPath.

use serde_json::Value;

use super::finding::number;
use super::{Finding, View};
use crate::fhir::{Issue, IssueCode, Location, Severity};
use crate::fhirpath::Focus;
use crate::suite::RecordsRule;

/// Resources that are named at most.
const NAMED: usize = 20;

pub(super) fn check(rule: &RecordsRule, view: &View<'_>) -> Finding {
    let kind = view.scope.render_known(&rule.pool);
    let written = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let expression = written(&view.scope.render_known(&rule.fhirpath));
    let having: Vec<String> = rule
        .having
        .iter()
        .map(|path| written(&view.scope.render_known(path)))
        .filter(|path| !path.is_empty())
        .collect();
    let engine = view.validator.fhirpath();
    let mut judged = 0;
    let mut wrong = Vec::new();
    for resource in view.pool.of_type(&kind) {
        let evaluate = |path: &str| engine.evaluate(path, resource, Focus::of(resource));
        let is_meant = having
            .iter()
            .all(|path| evaluate(path).is_ok_and(|found| !found.is_empty()));
        if !is_meant {
            continue;
        }
        judged += 1;
        match evaluate(&expression) {
            Ok(found) if found == [Value::Bool(true)] => {}
            Ok(_) => wrong.push(issue(&kind, resource, &expression)),
            Err(problem) => return Finding::error(expression, problem.to_string()),
        }
    }
    let with = match having.is_empty() {
        true => String::new(),
        false => format!(" with {}", having.join(" and ")),
    };
    if judged == 0 {
        return Finding::no_data(format!(
            "the target showed no {kind}{with}; load one for the patients under test"
        ));
    }
    wrong.truncate(NAMED);
    Finding::of_issues(
        format!("{expression} in {}{with}", number(judged, &kind)),
        wrong,
    )
}

fn issue(kind: &str, resource: &Value, expression: &str) -> Issue {
    let id = resource["id"].as_str().unwrap_or("?");
    Issue {
        severity: Severity::Error,
        code: IssueCode::BusinessRule,
        message: format!("{kind}/{id} does not keep the rule: {expression}"),
        fix: None,
        location: Location {
            expression: kind.to_owned(),
            ..Location::default()
        },
        profile: None,
        rule: "records".to_owned(),
    }
}
