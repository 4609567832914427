//! What to fix first: the tests that missed the same thing stand together, those of which most
//! tests suffer first.

use std::collections::{BTreeSet, HashMap};

use super::words::capital;
use crate::fhir::{Issue, Severity};
use crate::outcome::{
    CaseOutcome, ExpectationOutcome, RequirementRef, RunOutcome, StepOutcome, TestOutcome, Verdict,
};

/// Tests of one case that missed the same expectation.
#[derive(Debug)]
pub(super) struct Cause<'o> {
    pub(super) case: &'o CaseOutcome,
    /// Never empty.
    pub(super) findings: Vec<Finding<'o>>,
}

/// Where a test first missed it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finding<'o> {
    pub(super) test: &'o TestOutcome,
    pub(super) step: &'o StepOutcome,
    pub(super) missed: &'o ExpectationOutcome,
}

/// Issues of the same rule about the same element.
#[derive(Debug)]
pub(super) struct Problem<'o> {
    pub(super) first: &'o Issue,
    /// The element, without the positions in lists.
    pub(super) element: String,
    pub(super) count: usize,
}

/// The causes of tests with this verdict.
pub(super) fn of(outcome: &RunOutcome, verdict: Verdict) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    for case in &outcome.cases {
        let begin = causes.len();
        for test in case.tests.iter().filter(|test| test.verdict == verdict) {
            let Some(finding) = first_missed(test, verdict) else {
                continue;
            };
            let of_case = causes.get_mut(begin..).unwrap_or_default();
            match of_case.iter_mut().find(|cause| cause.is_about(finding)) {
                Some(cause) => cause.findings.push(finding),
                None => causes.push(Cause {
                    case,
                    findings: vec![finding],
                }),
            }
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.findings.len()));
    causes
}

fn first_missed(test: &TestOutcome, verdict: Verdict) -> Option<Finding<'_>> {
    test.steps.iter().find_map(|step| {
        let missed = step
            .expectations
            .iter()
            .find(|found| found.verdict == verdict)?;
        Some(Finding { test, step, missed })
    })
}

impl<'o> Cause<'o> {
    fn is_about(&self, finding: Finding<'_>) -> bool {
        self.findings
            .first()
            .is_some_and(|first| first.missed.kind == finding.missed.kind)
    }

    /// The rule that is broken, without what differs between the tests.
    pub(super) fn title(&self) -> String {
        let titles: Vec<&str> = self
            .findings
            .iter()
            .map(|finding| finding.test.title.as_str())
            .collect();
        common_title(&self.case.title, &titles)
    }

    /// The resource types that are affected.
    pub(super) fn types(&self) -> BTreeSet<&'o str> {
        self.findings
            .iter()
            .filter_map(|finding| finding.test.resource_type.as_deref())
            .collect()
    }

    /// The requirements that are missed: those of the expectation, else those of the tests.
    pub(super) fn requirements(&self) -> BTreeSet<&'o str> {
        let ids = |finding: &Finding<'o>| {
            if finding.missed.verifies.is_empty() {
                &finding.test.verifies
            } else {
                &finding.missed.verifies
            }
        };
        self.findings
            .iter()
            .flat_map(ids)
            .map(String::as_str)
            .collect()
    }

    /// The findings whose words differ, at most this many.
    pub(super) fn examples(&self, most: usize) -> Vec<Finding<'o>> {
        let mut seen = BTreeSet::new();
        self.findings
            .iter()
            .filter(|finding| seen.insert((&finding.missed.expected, &finding.missed.actual)))
            .take(most)
            .copied()
            .collect()
    }

    /// The issues that made the verdict, most frequent first.
    pub(super) fn problems(&self) -> Vec<Problem<'o>> {
        let mut problems: Vec<Problem<'o>> = Vec::new();
        let mut known: HashMap<(String, &str), usize> = HashMap::new();
        let issues = self
            .findings
            .iter()
            .flat_map(|finding| &finding.missed.issues)
            .filter(|issue| issue.severity > Severity::Information);
        for issue in issues {
            let element = without_positions(&issue.location.expression);
            let at = *known
                .entry((element.clone(), &issue.rule))
                .or_insert(problems.len());
            match problems.get_mut(at) {
                Some(problem) => problem.count += 1,
                None => problems.push(Problem {
                    first: issue,
                    element,
                    count: 1,
                }),
            }
        }
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.count));
        problems
    }

    /// What to do about it: as the check says, else as the rule says.
    pub(super) fn fix(&self, catalogue: &[RequirementRef]) -> String {
        let written = self.findings.iter().find_map(|finding| {
            let issues = &finding.missed.issues;
            let of_issue = || issues.iter().find_map(|issue| issue.fix.as_ref());
            finding.missed.fix.as_ref().or_else(of_issue)
        });
        let first = self.findings.first().map(|finding| finding.missed);
        written
            .map(|fix| capital(fix))
            .or_else(|| first.and_then(plain_fix))
            .or_else(|| {
                let ids = self.requirements();
                let rule = catalogue
                    .iter()
                    .find(|rule| ids.contains(rule.id.as_str()))?;
                Some(format!("Keep the rule: {}", rule.statement))
            })
            .map(|fix| fix.trim_end_matches('.').to_owned())
            .unwrap_or_default()
    }
}

/// What to do where the check has no word of its own but the finding says it.
pub(super) fn plain_fix(missed: &ExpectationOutcome) -> Option<String> {
    if missed.verdict == Verdict::Error {
        Some("See what stood in the way, then run again".to_owned())
    } else if missed.actual.starts_with("status ") {
        Some(format!(
            "Answer with {}, not {}",
            missed.expected, missed.actual
        ))
    } else {
        None
    }
}

/// A title for several tests: what differs between their titles becomes an ellipsis, and a
/// resource type before a colon is left out.
pub(super) fn common_title(template: &str, titles: &[&str]) -> String {
    let [first, rest @ ..] = titles else {
        return without_braces(template);
    };
    if rest.is_empty() {
        return (*first).to_owned();
    }
    let mut words: Vec<&str> = first.split(' ').collect();
    for title in rest {
        let other: Vec<&str> = title.split(' ').collect();
        if other.len() != words.len() {
            return tidy(&without_braces(template));
        }
        for (word, other) in words.iter_mut().zip(other) {
            if *word != other {
                *word = if word.ends_with(':') { "…:" } else { "…" };
            }
        }
    }
    tidy(&words.join(" "))
}

fn tidy(title: &str) -> String {
    capital(title.strip_prefix("…: ").unwrap_or(title))
}

/// Braces of a title's template become an ellipsis.
fn without_braces(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, inside)) = rest.split_once('{') {
        text += before;
        text += "…";
        rest = inside.split_once('}').map_or("", |(_, after)| after);
    }
    text + rest
}

/// `Patient.name[0].family` → `Patient.name.family`.
fn without_positions(expression: &str) -> String {
    let mut text = String::new();
    let mut rest = expression;
    while let Some((before, inside)) = rest.split_once('[') {
        text += before;
        let Some((position, after)) = inside.split_once(']') else {
            rest = inside;
            break;
        };
        if !position.chars().all(|c| c.is_ascii_digit()) {
            text += &format!("[{position}]");
        }
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_several_tests_lose_what_differs() {
        for (template, titles, expected) in [
            ("{t}: a {x}", &["A: a b"][..], "A: a b"),
            (
                "{row.type}: a search",
                &["A: a search", "B: a search"],
                "A search",
            ),
            (
                "{row.type}: by {x} all",
                &["A: by gt all", "A: by lt all"],
                "A: by … all",
            ),
            (
                "{row.type}: by {x} all",
                &["A: by gt all", "B: by lt all"],
                "By … all",
            ),
            (
                "An id that is {x} fails",
                &["An id that is a b fails", "An id that is c fails"],
                "An id that is … fails",
            ),
            ("{x", &[], "…"),
        ] {
            assert_eq!(common_title(template, titles), expected, "{titles:?}");
        }
    }

    #[test]
    fn elements_lose_their_positions_only() {
        for (expression, expected) in [
            ("Patient.name[0].family", "Patient.name.family"),
            ("Bundle.entry[12].resource", "Bundle.entry.resource"),
            ("x[url='a'].y[1]", "x[url='a'].y"),
            ("a[", "a"),
        ] {
            assert_eq!(without_positions(expression), expected);
        }
    }
}
