//! Runs the plan's tests: stage after stage, and in a stage as soon as what a test needs is done.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use tokio::task::JoinSet;

use crate::check;
use crate::event::Event;
use crate::outcome::{Skip, SkipKind, Verdict};
use crate::plan::{Plan, PlannedTest, Stage};
use crate::pool::Pool;

use super::execute::{Done, skipped};
use super::trial::{Trial, Tried};
use super::{Cancel, Context, Listener, cancelled, cleanup, execute};

/// Tests in flight for each request in flight: while one waits, another judges. Each has its answers
/// in memory.
const AT_ONCE: usize = 2;

const STAGES: [Stage; 4] = [Stage::Gather, Stage::Seeded, Stage::Judge, Stage::Write];

/// What is to be done.
pub(super) struct Work<'p> {
    pub(super) plan: &'p Plan,
    /// Tests of what the target does not declare, which do not count.
    pub(super) trials: Vec<Trial>,
}

/// What became of all tests of a plan.
pub(super) struct AllDone {
    /// In the order of the plan.
    pub(super) tests: Vec<Done>,
    pub(super) interrupted: bool,
    pub(super) requests: u64,
    /// True where some bodies were kept in part only, for want of room.
    pub(super) is_full: bool,
    /// What the run created and could not delete again, in words.
    pub(super) left_behind: Vec<String>,
    /// What became of the trials.
    pub(super) tried: Vec<Tried>,
}

struct Progress<'p> {
    plan: &'p Plan,
    context: Arc<Context>,
    listener: &'p Listener,
    done: Vec<Option<Done>>,
}

pub(super) async fn all(
    Work { plan, trials }: Work<'_>,
    context: Arc<Context>,
    mut pool: Pool,
    listener: &Listener,
    mut cancel: Cancel,
) -> AllDone {
    let mut progress = Progress {
        done: plan.tests.iter().map(|_| None).collect(),
        plan,
        context,
        listener,
    };
    let mut interrupted = false;
    let mut tried = Vec::new();
    for stage in STAGES {
        let frozen = Arc::new(pool);
        let work = async {
            if stage == Stage::Write {
                tried = progress.trials(&trials, &frozen).await;
            }
            progress.stage(stage, &frozen).await;
        };
        tokio::select! {
            () = work => {}
            () = cancelled(&mut cancel) => interrupted = true,
        }
        pool = Arc::unwrap_or_clone(frozen);
        if interrupted {
            break;
        }
        progress.harvest(stage, &mut pool);
    }
    let left_behind = progress.clean_up().await;
    AllDone {
        left_behind,
        tried,
        ..progress.finish(interrupted)
    }
}

impl Progress<'_> {
    async fn stage(&mut self, stage: Stage, pool: &Arc<Pool>) {
        let at_once = match stage {
            Stage::Write => 1,
            _ => AT_ONCE * self.context.client.jobs(),
        };
        let mut waiting: Vec<usize> = (0..self.plan.tests.len())
            .filter(|position| {
                self.plan
                    .tests
                    .get(*position)
                    .is_some_and(|test| test.stage == stage)
            })
            .collect();
        let mut running = JoinSet::new();
        loop {
            let mut later = Vec::new();
            for position in waiting {
                let Some(test) = self.plan.tests.get(position) else {
                    continue;
                };
                match self.readiness(test) {
                    Readiness::NotRun(skip) => self.end(position, skipped(test, skip)),
                    Readiness::Ready if running.len() < at_once => {
                        (self.listener)(Event::TestStarted {
                            id: test.id.clone(),
                        });
                        let (test, context, pool) =
                            (test.clone(), Arc::clone(&self.context), Arc::clone(pool));
                        running.spawn(async move {
                            (position, execute::test(&test, &context, &pool).await)
                        });
                    }
                    Readiness::Ready | Readiness::Waits => later.push(position),
                }
            }
            waiting = later;
            match running.join_next().await {
                Some(Ok((position, done))) => self.end(position, done),
                // A test that panicked has no outcome; `finish` says so.
                Some(Err(_)) => {}
                None if waiting.is_empty() => return,
                // Nothing runs and all wait: for each other, or for one that was lost.
                None => {
                    for position in std::mem::take(&mut waiting) {
                        if let Some(test) = self.plan.tests.get(position) {
                            self.end(
                                position,
                                skipped(test, blocked("a test that it needs did not end")),
                            );
                        }
                    }
                }
            }
        }
    }

    fn readiness(&self, test: &PlannedTest) -> Readiness {
        if let Some(skip) = &test.skip {
            return Readiness::NotRun(skip.clone());
        }
        for need in &test.needs {
            let Some(needed) = self.plan.tests.get(*need) else {
                continue;
            };
            match self.done.get(*need).and_then(Option::as_ref) {
                None => return Readiness::Waits,
                Some(done) if stands_in_the_way(done) => {
                    return Readiness::NotRun(blocked(&format!(
                        "{} did not pass; mend that first",
                        needed.id
                    )));
                }
                Some(_) => {}
            }
        }
        Readiness::Ready
    }

    fn end(&mut self, position: usize, done: Done) {
        (self.listener)(Event::TestFinished(Box::new(done.outcome.clone())));
        if let Some(place) = self.done.get_mut(position) {
            *place = Some(done);
        }
    }

    /// Runs tests of what is not declared, for what they show of the target.
    async fn trials(&self, trials: &[Trial], pool: &Arc<Pool>) -> Vec<Tried> {
        let ready = trials
            .iter()
            .filter(|trial| matches!(self.readiness(&trial.test), Readiness::Ready));
        let runs = ready.map(|trial| async {
            let done = execute::test(&trial.test, &self.context, pool).await;
            Tried {
                key: trial.key.clone(),
                test: trial.test.id.clone(),
                verdict: done.outcome.verdict,
            }
        });
        let runs: Vec<_> = runs.collect();
        stream::iter(runs)
            .buffered(self.context.client.jobs())
            .collect()
            .await
    }

    /// Adds what a stage's tests were shown to the pool, in the order of the plan.
    fn harvest(&self, stage: Stage, pool: &mut Pool) {
        for (test, done) in self.plan.tests.iter().zip(&self.done) {
            let Some(done) = done.as_ref().filter(|_| test.stage == stage) else {
                continue;
            };
            for exchanged in &done.exchanges {
                pool.keep(Arc::clone(exchanged));
            }
            let answers = done
                .exchanges
                .iter()
                .filter_map(|exchanged| exchanged.response.as_ref().ok());
            for body in answers
                .filter(|response| response.status == 200)
                .filter_map(|response| response.json().ok())
            {
                for entry in body["entry"].as_array().into_iter().flatten() {
                    if let Some(resource) = entry
                        .get("resource")
                        .filter(|resource| self.is_in_scope(resource))
                    {
                        pool.add(&Arc::new(resource.clone()));
                    }
                }
                if body["resourceType"] != "Bundle" && self.is_in_scope(body) {
                    pool.add(body);
                }
            }
        }
    }

    /// Probes may bring what they should not: nothing of a patient who is not under test is used.
    fn is_in_scope(&self, resource: &serde_json::Value) -> bool {
        check::patient_of(resource).is_none_or(|patient| self.context.patients.contains(&patient))
    }

    /// Takes back what tests that write have created.
    async fn clean_up(&self) -> Vec<String> {
        let tests = self.plan.tests.iter().zip(&self.done);
        let written = tests
            .filter(|(test, _)| test.stage == Stage::Write)
            .filter_map(|(_, done)| done.as_ref())
            .flat_map(|done| &done.exchanges)
            .map(Arc::as_ref);
        cleanup::undo(&self.context.client, written).await
    }

    fn finish(self, interrupted: bool) -> AllDone {
        let missing = |test: &PlannedTest| {
            let mut done = skipped(test, was_interrupted());
            if !interrupted {
                // The test panicked: that tells nothing of the target.
                done.outcome.verdict = Verdict::Error;
                done.outcome.skip = None;
                done.outcome.title += " (ended by a fault of this program; please report it)";
            }
            done
        };
        let requests = self.context.client.sent();
        let is_full = self.context.client.is_full();
        let plan = self.plan;
        let tests = self.done.into_iter().zip(&plan.tests);
        AllDone {
            tests: tests
                .map(|(done, test)| done.unwrap_or_else(|| missing(test)))
                .collect(),
            interrupted,
            requests,
            is_full,
            left_behind: Vec::new(),
            tried: Vec::new(),
        }
    }
}

enum Readiness {
    Ready,
    Waits,
    NotRun(Skip),
}

/// Whether a needed test keeps others from running: it did not pass, or was kept from it itself.
fn stands_in_the_way(done: &Done) -> bool {
    let kept = matches!(&done.outcome.skip, Some(skip) if skip.kind == SkipKind::Blocked);
    kept || done.outcome.verdict >= Verdict::Fail
}

/// Why a test has no outcome where the run ended early.
pub(super) fn was_interrupted() -> Skip {
    Skip {
        kind: SkipKind::Deselected,
        reason: "the run was interrupted before this test ended; run again".to_owned(),
    }
}

fn blocked(reason: &str) -> Skip {
    Skip {
        kind: SkipKind::Blocked,
        reason: reason.to_owned(),
    }
}
