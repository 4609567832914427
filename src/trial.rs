//! The `cargo test` face: every test of a plan as a libtest-mimic trial.
//!
//! Names come from the static plan, so listing needs no network. The first trial that runs starts
//! one run of all trials that the arguments select; the others take their outcome from it. Under a
//! runner that starts a process for each test (such as nextest) each process selects one trial, so
//! each run holds just that test and what it needs.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::outcome::{ExpectationOutcome, RunOutcome, TestOutcome, Verdict};
use crate::plan::Plan;

/// Runs the tests with these ids and says what was found, or why nothing could be run.
pub type Run = dyn Fn(Vec<String>) -> Result<RunOutcome, String> + Send + Sync;

type Outcomes = Result<HashMap<String, TestOutcome>, String>;

/// The plan's tests as trials that share one run of those that `arguments` select.
pub fn trials(plan: &Plan, arguments: &Arguments, run: Arc<Run>) -> Vec<Trial> {
    let shared: Arc<OnceLock<Outcomes>> = Arc::default();
    let selected: Arc<Vec<String>> = Arc::new(
        plan.tests
            .iter()
            .map(|test| test.id.clone())
            .filter(|id| !arguments.is_filtered_out(&Trial::test(id, || Ok(()))))
            .collect(),
    );
    plan.tests
        .iter()
        .map(|test| {
            let (id, shared, selected, run) = (
                test.id.clone(),
                shared.clone(),
                selected.clone(),
                run.clone(),
            );
            Trial::ignorable_test(&test.id, move || {
                let outcomes = shared.get_or_init(|| by_id(run(selected.to_vec())));
                match outcomes {
                    Err(problem) => Err(Failed::from(problem)),
                    Ok(outcomes) => match outcomes.get(&id) {
                        None => Err(Failed::from("the run left this test out")),
                        Some(outcome) => conclude(outcome),
                    },
                }
            })
        })
        .collect()
}

fn by_id(outcome: Result<RunOutcome, String>) -> Outcomes {
    Ok(outcome?
        .cases
        .into_iter()
        .flat_map(|case| case.tests)
        .map(|test| (test.id.clone(), test))
        .collect())
}

/// Skip is ignored with its reason, fail and error fail; a warning passes, as it does for `run`.
fn conclude(test: &TestOutcome) -> Result<Completion, Failed> {
    match test.verdict {
        Verdict::Skip => Ok(Completion::ignored_with(
            test.skip
                .as_ref()
                .map_or("no reason given", |skip| &skip.reason),
        )),
        Verdict::Pass | Verdict::Warning => Ok(Completion::Completed),
        Verdict::Fail | Verdict::Error => Err(Failed::from(describe(test))),
    }
}

fn describe(test: &TestOutcome) -> String {
    let mut text = test.title.clone();
    for step in &test.steps {
        for missed in step
            .expectations
            .iter()
            .filter(|found| found.verdict >= Verdict::Fail)
        {
            text += &format!("\n{}\n{}", step.title, describe_expectation(missed));
        }
    }
    text
}

fn describe_expectation(missed: &ExpectationOutcome) -> String {
    let mut text = format!(
        "  expected: {}\n  actual:   {}",
        missed.expected, missed.actual
    );
    for issue in &missed.issues {
        text += &format!("\n  {}: {}", issue.location.expression, issue.message);
    }
    text
}
