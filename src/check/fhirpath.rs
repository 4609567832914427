//! `fhirpath`: an expression over the body that must be true.

use super::{Finding, View};
use crate::fhirpath::Focus;
use crate::suite::Template;

pub(super) fn check(expression: &Template, view: &View<'_>) -> Finding {
    let expression = match view.scope.render(expression) {
        Ok(expression) => expression.split_whitespace().collect::<Vec<_>>().join(" "),
        Err(problem) => return Finding::no_data(problem.to_string()),
    };
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    let body = match answer.body() {
        Ok(body) => body,
        Err(problem) => return Finding::fail(expression, problem),
    };
    match view
        .validator
        .fhirpath()
        .evaluate(&expression, body, Focus::of(body))
    {
        Ok(result) if result == [serde_json::Value::Bool(true)] => {
            Finding::pass(expression, "true")
        }
        Ok(result) if result == [serde_json::Value::Bool(false)] => {
            Finding::fail(expression, "false")
        }
        Ok(result) if result.is_empty() => {
            Finding::fail(expression, "nothing: an element it asks for is missing")
        }
        Ok(_) => Finding::error(expression, "a result that is neither true nor false"),
        Err(problem) => Finding::error(expression, problem.to_string()),
    }
}
