//! `status`: the status code of the answer.

use super::{Finding, View};
use crate::suite::StatusRule;

pub(super) fn check(rule: &StatusRule, view: &View<'_>) -> Finding {
    let allowed: Vec<&str> = rule.0.iter().map(|code| code.value.as_str()).collect();
    let expected = format!("status {}", allowed.join(" or "));
    let Some(response) = view.answer.and_then(|answer| answer.response()) else {
        return Finding::blocked("there is no answer to judge");
    };
    Finding::holds(
        allows(rule, response.status),
        expected,
        format!("status {}", response.status),
    )
}

/// Whether a status code is one of those of a rule.
pub fn allows(rule: &StatusRule, status: u16) -> bool {
    let status = status.to_string();
    rule.0.iter().any(|code| fits(&code.value, &status))
}

/// `404` fits itself, `4xx` its class.
fn fits(code: &str, status: &str) -> bool {
    match code.strip_suffix("xx") {
        Some(class) => status.starts_with(class),
        None => code == status,
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn codes_and_classes() {
        assert!(fits("404", "404") && fits("4xx", "404"));
        assert!(!fits("404", "400") && !fits("4xx", "500"));
    }
}
