//! `operation-outcome`: an error explains itself (FHIR R4, OperationOutcome).

use serde_json::Value;

use super::format::{Format, media_type};
use super::{Answer, Finding, View};
use crate::outcome::Verdict;
use crate::suite::Expected;

const EXPECTED: &str =
    "OperationOutcome in the format asked for, with an issue of severity error or fatal";
/// R4, value set `issue-severity`.
const SEVERITIES: &[&str] = &["fatal", "error", "warning", "information"];

pub(super) fn check(when: Expected, view: &View<'_>) -> Finding {
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    let is_error = answer
        .response()
        .is_some_and(|response| response.status >= 400);
    let finding = judge(answer.body().map(AsRef::as_ref), when, is_error);
    match answer.exchanges.first().map(|one| (one, media_type(one))) {
        Some((one, Err(problem))) if finding.verdict == Verdict::Pass && is_outcome(answer) => {
            Finding::fail(EXPECTED, format!("OperationOutcome with {problem}"))
                .fix(Format::asked(one).fix())
        }
        _ => finding,
    }
}

fn is_outcome(answer: &Answer) -> bool {
    answer
        .body()
        .is_ok_and(|body| body["resourceType"] == "OperationOutcome")
}

fn judge(body: Result<&Value, String>, when: Expected, is_error: bool) -> Finding {
    let expected = EXPECTED;
    let is_optional = when == Expected::IfPresent && !is_error;
    let found = match &body {
        Ok(body) => body["resourceType"].as_str().unwrap_or("no resource"),
        Err(problem) => problem,
    };
    let outcome = match body {
        Ok(body) if found == "OperationOutcome" => body,
        _ if is_optional => {
            return Finding::pass("no OperationOutcome, or one that explains the error", found);
        }
        _ => {
            return Finding::fail(expected, found).fix(
                "answer errors with an OperationOutcome that says what is wrong and what to do",
            );
        }
    };
    let issues: &[Value] = outcome["issue"].as_array().map_or(&[], Vec::as_slice);
    if issues.is_empty() {
        return Finding::fail(expected, "an OperationOutcome without issues");
    }
    if let Some(problem) = issues.iter().find_map(problem) {
        return Finding::fail(expected, problem);
    }
    let severities: Vec<&str> = issues
        .iter()
        .filter_map(|issue| issue["severity"].as_str())
        .collect();
    let explains = severities
        .iter()
        .any(|severity| matches!(*severity, "error" | "fatal"));
    Finding::holds(
        explains || !is_error,
        expected,
        format!("OperationOutcome with {}", severities.join(", ")),
    )
}

/// What an issue lacks: `severity` and `code` are mandatory.
fn problem(issue: &Value) -> Option<String> {
    match issue["severity"].as_str() {
        None => return Some("an issue without severity".to_owned()),
        Some(severity) if !SEVERITIES.contains(&severity) => {
            return Some(format!("an issue of severity {severity}"));
        }
        Some(_) => {}
    }
    issue["code"]
        .as_str()
        .is_none()
        .then(|| "an issue without code".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_is_explained_by_a_sound_outcome() {
        let outcome = |issue: Value| json!({ "resourceType": "OperationOutcome", "issue": issue });
        let error = json!({ "severity": "error", "code": "invalid" });
        let hint = json!({ "severity": "information", "code": "invalid" });
        for (body, when, is_error, is_fine) in [
            (outcome(json!([error])), Expected::Required, true, true),
            (
                outcome(json!([hint, error])),
                Expected::Required,
                true,
                true,
            ),
            (outcome(json!([hint])), Expected::Required, true, false),
            (outcome(json!([hint])), Expected::Required, false, true),
            (outcome(json!([])), Expected::Required, true, false),
            (
                outcome(json!([{ "code": "invalid" }])),
                Expected::Required,
                true,
                false,
            ),
            (
                outcome(json!([{ "severity": "error" }])),
                Expected::Required,
                true,
                false,
            ),
            (
                outcome(json!([{ "severity": "bad", "code": "invalid" }])),
                Expected::IfPresent,
                false,
                false,
            ),
            (
                json!({ "resourceType": "Bundle" }),
                Expected::Required,
                false,
                false,
            ),
            (
                json!({ "resourceType": "Bundle" }),
                Expected::IfPresent,
                false,
                true,
            ),
            (
                json!({ "resourceType": "Bundle" }),
                Expected::IfPresent,
                true,
                false,
            ),
        ] {
            let verdict = judge(Ok(&body), when, is_error).verdict;
            let expected = if is_fine {
                Verdict::Pass
            } else {
                Verdict::Fail
            };
            assert_eq!(verdict, expected, "{body} {when:?} {is_error}");
        }
        let html = || Err("the body is no JSON".to_owned());
        assert_eq!(
            judge(html(), Expected::IfPresent, true).verdict,
            Verdict::Fail
        );
        assert_eq!(
            judge(html(), Expected::IfPresent, false).verdict,
            Verdict::Pass
        );
    }
}
