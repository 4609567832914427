//! `operation-outcome`: an error explains itself (FHIR R4, OperationOutcome).

use super::resource::{MEDIA_TYPE_FIX, media_type};
use super::{Finding, View};
use crate::suite::Expected;

pub(super) fn check(when: Expected, view: &View<'_>) -> Finding {
    let expected =
        "OperationOutcome in application/fhir+json with an issue of severity error or fatal";
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    let is_error = answer
        .response()
        .is_some_and(|response| response.status >= 400);
    let body = match answer.body() {
        Ok(body) => body,
        Err(_) if when == Expected::IfPresent && !is_error => {
            return Finding::pass(
                "no OperationOutcome, or one that explains the error",
                "none",
            );
        }
        Err(problem) => return Finding::fail(expected, problem),
    };
    let kind = body["resourceType"].as_str().unwrap_or("no resource");
    if kind != "OperationOutcome" {
        return if when == Expected::IfPresent && !is_error {
            Finding::pass("no OperationOutcome, or one that explains the error", kind)
        } else {
            Finding::fail(expected, kind).fix(
                "answer errors with an OperationOutcome that says what is wrong and what to do",
            )
        };
    }
    if let Some(Err(problem)) = answer.response().map(media_type) {
        return Finding::fail(expected, format!("OperationOutcome with {problem}"))
            .fix(MEDIA_TYPE_FIX);
    }
    let severities: Vec<&str> = body["issue"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|issue| issue["severity"].as_str())
        .collect();
    if severities.is_empty() {
        return Finding::fail(expected, "an OperationOutcome without issues");
    }
    Finding::holds(
        !is_error
            || severities
                .iter()
                .any(|severity| matches!(*severity, "error" | "fatal")),
        expected,
        format!("OperationOutcome with {}", severities.join(", ")),
    )
}
