//! Runs against the sound provider, in other orders of cases and with other numbers of requests at
//! once: none may find anything wrong.

use serde::Serialize;

use super::bench::{Bench, BenchError};
use crate::outcome::{RunOutcome, SkipKind, TestOutcome, Verdict};

/// Numbers of requests at once, one for each round in turn.
const JOBS: [usize; 5] = [1, 2, 4, 8, 16];

/// One run against the sound provider.
#[derive(Debug, Clone, Serialize)]
pub struct SoundRun {
    /// Requests at once.
    pub jobs: usize,
    pub tests: u64,
    /// Tests that did not pass, though the provider is sound; skipped ones too.
    pub alarms: Vec<String>,
    pub duration_ms: u64,
}

/// Makes the run of this round: its own order of cases and number of requests at once.
pub(super) async fn run(bench: &Bench, round: usize) -> Result<SoundRun, BenchError> {
    let jobs = JOBS[round % JOBS.len()];
    let run = bench.run_shuffled(round, jobs).await?;
    Ok(SoundRun {
        jobs,
        tests: run.summary.tests.values().sum(),
        alarms: alarms(&run),
        duration_ms: run.run.duration_ms,
    })
}

/// What did not pass. What does not apply is no alarm: some rules are for servers that lack something.
fn alarms(run: &RunOutcome) -> Vec<String> {
    let does_not_apply = |test: &&TestOutcome| {
        let why = test.skip.as_ref().map(|skip| skip.kind);
        why == Some(SkipKind::NotApplicable)
    };
    run.cases
        .iter()
        .flat_map(|case| &case.tests)
        .filter(|test| test.verdict != Verdict::Pass && !does_not_apply(test))
        .map(|test| test.id.clone())
        .collect()
}
