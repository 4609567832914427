//! Issues as an OperationOutcome resource (FHIR R4, OperationOutcome).

use serde_json::{Value, json};

use super::{Issue, Severity};

/// Where a line and column stand in an issue: the extensions that HL7's validator uses too.
const LINE: &str = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line";
const COLUMN: &str = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col";

/// An OperationOutcome that holds these issues; without any, one that says all is well.
pub fn operation_outcome(issues: &[Issue]) -> Value {
    let entries: Vec<Value> = if issues.is_empty() {
        vec![json!({
            "severity": "information",
            "code": "informational",
            "diagnostics": "no issues found",
        })]
    } else {
        issues.iter().map(entry).collect()
    };
    json!({ "resourceType": "OperationOutcome", "issue": entries })
}

/// True when the content breaks a rule.
pub fn has_errors(issues: &[Issue]) -> bool {
    issues.iter().any(|issue| issue.severity >= Severity::Error)
}

fn entry(issue: &Issue) -> Value {
    let diagnostics = match &issue.fix {
        Some(fix) => format!("{}; {fix}", issue.message),
        None => issue.message.clone(),
    };
    let mut entry = json!({
        "severity": issue.severity,
        "code": issue.code,
        "details": { "text": issue.rule },
        "diagnostics": diagnostics,
    });
    let place = &issue.location;
    if !place.expression.is_empty() {
        entry["expression"] = json!([place.expression]);
    }
    let extensions: Vec<Value> = [(LINE, place.line), (COLUMN, place.column)]
        .into_iter()
        .filter_map(|(url, number)| number.map(|n| json!({ "url": url, "valueInteger": n })))
        .collect();
    if !extensions.is_empty() {
        entry["extension"] = extensions.into();
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::{IssueCode, Location};

    #[test]
    fn an_issue_keeps_its_place() {
        let issue = Issue {
            severity: Severity::Error,
            code: IssueCode::Required,
            message: "name is missing".into(),
            fix: Some("add a name".into()),
            location: Location {
                expression: "Patient".into(),
                pointer: String::new(),
                line: Some(3),
                column: Some(7),
            },
            profile: None,
            rule: "cardinality-min".into(),
        };
        assert!(has_errors(std::slice::from_ref(&issue)));
        let outcome = operation_outcome(&[issue]);
        let entry = &outcome["issue"][0];
        assert_eq!(entry["severity"], "error");
        assert_eq!(entry["code"], "required");
        assert_eq!(entry["diagnostics"], "name is missing; add a name");
        assert_eq!(entry["expression"][0], "Patient");
        assert_eq!(entry["extension"][0]["valueInteger"], 3);
        assert_eq!(entry["extension"][1]["valueInteger"], 7);
    }

    #[test]
    fn an_outcome_has_at_least_one_issue() {
        assert_eq!(
            operation_outcome(&[])["issue"][0]["severity"],
            "information"
        );
    }
}
