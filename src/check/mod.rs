//! One expectation + its exchanges + the frozen pool → one check outcome. Pure: no network, no clock.
//!
//! One file a kind of expectation; each has a function from its rule and a [`View`] to a [`Finding`].

mod answer;
mod attachment;
mod bundle;
mod content;
mod fhirpath;
mod finding;
#[cfg(test)]
mod fixture;
mod format;
mod header;
mod includes;
mod internals;
mod matches;
mod oauth;
mod operation_outcome;
mod oracle;
mod patient;
mod profile;
mod records;
mod references;
mod resource;
mod scope;
mod sorted;
mod status;
mod transport;
mod versions;

use std::sync::Arc;

use crate::outcome::{ExpectationOutcome, Verdict};
use crate::plan::PlannedTest;
use crate::pool::Pool;
use crate::profile::Validator;
use crate::suite::{Expectation, GroupedExpectations, MatchRule, TokenRule};

pub use answer::{Answer, Earlier, Paging, Searched};
pub use finding::Finding;
pub use oracle::{Again, missing as missing_matches};
pub use patient::{id_in_reference, patient_of};
pub use scope::Scope;
pub use status::allows as status_allows;

/// Everything an expectation may look at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub test: &'a PlannedTest,
    pub scope: &'a Scope,
    /// What the step's request brought; absent where the step judges the pool.
    pub answer: Option<&'a Answer>,
    /// What earlier steps with a name found.
    pub earlier: &'a [Earlier],
    pub pool: &'a Pool,
    /// Records that were missing among the matches, as they are now.
    pub again: &'a Again,
    pub validator: &'a Validator,
    /// FHIR base URL of the target, without a slash at its end.
    pub base: &'a str,
    /// Whether the target has answered any request of the run.
    pub target_answers: bool,
}

/// What became of the expectations of one step.
pub struct StepFindings {
    pub outcomes: Vec<ExpectationOutcome>,
    /// Resources that were validated against profiles.
    pub validated: u64,
}

/// Judges all expectations of a step. Where no answer came, the first says so and the others are
/// not judged.
pub fn step(expectations: &[Expectation], view: &View<'_>) -> StepFindings {
    let mut judged = Judged {
        outcomes: Vec::new(),
        validated: 0,
        failure: view
            .answer
            .and_then(|answer| transport::failure(answer, view.target_answers)),
    };
    for expectation in expectations {
        judged.add(expectation, view, Group::default());
    }
    StepFindings {
        outcomes: judged.outcomes,
        validated: judged.validated,
    }
}

/// What a group of expectations adds to each of them.
#[derive(Clone, Copy, Default)]
struct Group<'g> {
    is_recommended: bool,
    within: Option<&'g [String]>,
}

struct Judged {
    outcomes: Vec<ExpectationOutcome>,
    validated: u64,
    failure: Option<Finding>,
}

impl Judged {
    fn add(&mut self, expectation: &Expectation, view: &View<'_>, group: Group<'_>) {
        match expectation {
            Expectation::Should(inner) => self.add_group(inner, view, group, true),
            Expectation::Shall(inner) => self.add_group(inner, view, group, group.is_recommended),
            single => {
                // That there is an answer at all is no mere recommendation.
                let is_recommended = group.is_recommended && self.failure.is_none();
                let (kind, finding) = self.judge(single, view);
                self.validated += finding.validated;
                self.outcomes
                    .push(finding.into_outcome(kind, is_recommended, group.within));
            }
        }
    }

    fn add_group(
        &mut self,
        inner: &GroupedExpectations,
        view: &View<'_>,
        outer: Group<'_>,
        is_recommended: bool,
    ) {
        let mut verifies: Vec<String> = outer.within.unwrap_or_default().to_vec();
        verifies.extend(inner.verifies.iter().map(|id| view.scope.render_known(id)));
        let group = Group {
            is_recommended,
            within: Some(&verifies),
        };
        for expectation in &inner.expect {
            self.add(expectation, view, group);
        }
    }

    fn judge(&mut self, expectation: &Expectation, view: &View<'_>) -> (&'static str, Finding) {
        let (kind, check) = dispatch(expectation);
        let finding = match &mut self.failure {
            None => check(view),
            Some(failure) => {
                let told = failure.clone();
                *failure = Finding::blocked("there is no answer to judge");
                told
            }
        };
        (kind, finding)
    }
}

type Check<'e> = Box<dyn Fn(&View<'_>) -> Finding + 'e>;

/// The kind's name in a case file, and the function that judges it.
fn dispatch(expectation: &Expectation) -> (&'static str, Check<'_>) {
    match expectation {
        Expectation::Should(_) | Expectation::Shall(_) => (
            "group",
            Box::new(|_| Finding::blocked("a group is judged by its parts")),
        ),
        Expectation::Status(rule) => ("status", Box::new(move |view| status::check(rule, view))),
        Expectation::Header(rule) => ("header", Box::new(move |view| header::check(rule, view))),
        Expectation::Resource(kind) => (
            "resource",
            Box::new(move |view| resource::check(kind, view)),
        ),
        Expectation::OperationOutcome(when) => (
            "operation-outcome",
            Box::new(move |view| operation_outcome::check(*when, view)),
        ),
        Expectation::Bundle(kind) => ("bundle", Box::new(move |view| bundle::check(*kind, view))),
        Expectation::AtLeast(count) => (
            "at-least",
            Box::new(move |view| matches::at_least(*count, view)),
        ),
        Expectation::AtMost(count) => (
            "at-most",
            Box::new(move |view| matches::at_most(*count, view)),
        ),
        Expectation::Sorted(order) => ("sorted", Box::new(move |view| sorted::check(order, view))),
        Expectation::OfPatient(patient) => (
            "of-patient",
            Box::new(move |view| patient::check(patient, view)),
        ),
        Expectation::Contains(name) => (
            "contains",
            Box::new(move |view| matches::contains(&name.value, view)),
        ),
        Expectation::Lacks(name) => (
            "lacks",
            Box::new(move |view| matches::lacks(&name.value, view)),
        ),
        Expectation::SameMatches(name) => (
            "same-matches",
            Box::new(move |view| matches::same_matches(&name.value, view)),
        ),
        Expectation::Matches(MatchRule::Oracle) => ("matches", Box::new(oracle::check)),
        Expectation::SameAs(name) => (
            "same-as",
            Box::new(move |view| content::check(&name.value, view)),
        ),
        Expectation::Fhirpath(expression) => (
            "fhirpath",
            Box::new(move |view| fhirpath::check(expression, view)),
        ),
        Expectation::Token(TokenRule::Granted) => ("token", Box::new(oauth::token)),
        Expectation::OauthError(codes) => (
            "oauth-error",
            Box::new(move |view| oauth::error(codes, view)),
        ),
        Expectation::Discloses(what) => {
            ("discloses", Box::new(|view| oauth::discloses(*what, view)))
        }
        Expectation::Profile(profiles) => (
            "profile",
            Box::new(move |view| profile::check(profiles, view)),
        ),
        Expectation::Attachment(rule) => (
            "attachment",
            Box::new(move |view| attachment::check(rule, view)),
        ),
        Expectation::Records(rule) => ("records", Box::new(move |view| records::check(rule, view))),
        Expectation::References(kind) => (
            "references",
            Box::new(move |view| references::check(kind, view)),
        ),
        Expectation::Includes(kind) => (
            "includes",
            Box::new(move |view| includes::check(kind, view)),
        ),
        Expectation::Versions(rule) => (
            "versions",
            Box::new(move |view| versions::check(*rule, view)),
        ),
    }
}

/// The verdict of a step or test: the highest of its expectations.
pub fn roll_up(outcomes: &[ExpectationOutcome]) -> Verdict {
    outcomes
        .iter()
        .map(|outcome| outcome.verdict)
        .max()
        .unwrap_or_default()
}

/// A resource of the pool or of an answer, shared.
pub type Resource = Arc<serde_json::Value>;

#[cfg(test)]
mod tests;
