//! `header`: a header of the answer.

use regex::Regex;

use super::{Finding, View};
use crate::suite::HeaderRule;

pub(super) fn check(rule: &HeaderRule, view: &View<'_>) -> Finding {
    let Some(response) = view.answer.and_then(|answer| answer.response()) else {
        return Finding::blocked("there is no answer to judge");
    };
    let name = rule.name.value.to_ascii_lowercase();
    let found = response.header(&name);
    let actual = match found {
        Some(value) => format!("{name}: {value}"),
        None => format!("no header {name}"),
    };
    if let Some(wanted) = &rule.is {
        return match view.scope.render(wanted) {
            Ok(wanted) => Finding::holds(
                found == Some(wanted.as_str()),
                format!("{name}: {wanted}"),
                actual,
            ),
            Err(problem) => Finding::no_data(problem.to_string()),
        };
    }
    let Some(pattern) = &rule.matches else {
        return Finding::holds(found.is_some(), format!("a header {name}"), actual);
    };
    match Regex::new(&format!("^(?:{})$", pattern.value)) {
        Ok(regex) => Finding::holds(
            found.is_some_and(|value| regex.is_match(value)),
            format!("{name} of the form {}", pattern.value),
            actual,
        ),
        Err(problem) => Finding::error("a pattern that can be used", problem.to_string()),
    }
}
