//! What one check found, before it is put into the record.

use crate::fhir::{Issue, Severity};
use crate::outcome::{ExpectationOutcome, Skip, SkipKind, Verdict};

/// What one check found.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    pub verdict: Verdict,
    pub skip: Option<Skip>,
    pub expected: String,
    pub actual: String,
    pub fix: Option<String>,
    pub issues: Vec<Issue>,
    /// Resources that were validated against profiles.
    pub validated: u64,
}

impl Finding {
    fn new(verdict: Verdict, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self {
            verdict,
            expected: expected.into(),
            actual: actual.into(),
            ..Self::default()
        }
    }

    pub fn pass(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::new(Verdict::Pass, expected, actual)
    }

    pub fn fail(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::new(Verdict::Fail, expected, actual)
    }

    /// We could not tell.
    pub fn error(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::new(Verdict::Error, expected, actual)
    }

    /// Pass or fail.
    pub fn holds(holds: bool, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self::new(
            if holds { Verdict::Pass } else { Verdict::Fail },
            expected,
            actual,
        )
    }

    fn skipped(kind: SkipKind, reason: impl Into<String>) -> Self {
        Self {
            skip: Some(Skip {
                kind,
                reason: reason.into(),
            }),
            ..Self::default()
        }
    }

    /// Not judged, because something it needs is missing.
    pub fn blocked(reason: impl Into<String>) -> Self {
        Self::skipped(SkipKind::Blocked, reason)
    }

    /// Not judged, because the target showed nothing to judge; the reason says what to load.
    pub fn no_data(reason: impl Into<String>) -> Self {
        Self::skipped(SkipKind::NoData, reason)
    }

    /// Not judged, because the target chose not to do what is optional.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::skipped(SkipKind::NotApplicable, reason)
    }

    /// Fails where an issue is an error; other issues go along.
    pub fn of_issues(expected: impl Into<String>, issues: Vec<Issue>) -> Self {
        let count = |severity| {
            issues
                .iter()
                .filter(|issue| issue.severity == severity)
                .count()
        };
        let errors = count(Severity::Error) + count(Severity::Fatal);
        let warnings = count(Severity::Warning);
        let actual = match (errors, warnings) {
            (0, 0) => "no error".to_owned(),
            (0, warnings) => format!("no error, {}", number(warnings, "warning")),
            (errors, 0) => number(errors, "error"),
            (errors, warnings) => format!(
                "{}, {}",
                number(errors, "error"),
                number(warnings, "warning")
            ),
        };
        Self {
            issues,
            ..Self::holds(errors == 0, expected, actual)
        }
    }

    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Puts the finding into the record; a recommendation that is missed is a warning.
    pub(super) fn into_outcome(
        self,
        kind: &str,
        is_recommended: bool,
        verifies: Option<&[String]>,
    ) -> ExpectationOutcome {
        let verdict = match self.verdict {
            Verdict::Fail if is_recommended => Verdict::Warning,
            verdict => verdict,
        };
        ExpectationOutcome {
            kind: kind.to_owned(),
            fix: self.fix.filter(|_| verdict > Verdict::Pass),
            verdict,
            skip: self.skip,
            expected: self.expected,
            actual: self.actual,
            verifies: verifies.unwrap_or_default().to_vec(),
            issues: self.issues,
        }
    }
}

/// `1 error`, `2 errors`.
pub(super) fn number(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// The JSON pointer of a path from a resource's root: `Bundle.entry[0].fullUrl` →
/// `/entry/0/fullUrl`.
pub(super) fn pointer(path: &str) -> String {
    let inside = path.split_once('.').map_or("", |(_, inside)| inside);
    if inside.is_empty() {
        return String::new();
    }
    let steps: String = inside
        .chars()
        .filter(|c| *c != ']')
        .map(|c| if matches!(c, '.' | '[') { '/' } else { c })
        .collect();
    format!("/{steps}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::{IssueCode, Location};

    #[test]
    fn errors_and_warnings_are_counted() {
        let issue = |severity| Issue {
            severity,
            code: IssueCode::BusinessRule,
            message: String::new(),
            fix: None,
            location: Location::default(),
            profile: None,
            rule: String::new(),
        };
        for (severities, expected) in [
            (&[][..], (Verdict::Pass, "no error")),
            (&[Severity::Information], (Verdict::Pass, "no error")),
            (&[Severity::Warning], (Verdict::Pass, "no error, 1 warning")),
            (
                &[Severity::Error, Severity::Fatal],
                (Verdict::Fail, "2 errors"),
            ),
            (
                &[Severity::Fatal, Severity::Warning],
                (Verdict::Fail, "1 error, 1 warning"),
            ),
        ] {
            let issues = severities.iter().copied().map(issue).collect();
            let finding = Finding::of_issues("", issues);
            assert_eq!((finding.verdict, finding.actual.as_str()), expected);
        }
    }
}
