//! All runs of a matrix, in parallel, and what they come to.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::bench::{Bench, BenchError};
use super::judge::{FaultOutcome, FaultVerdict, judge};
use super::mutation::{self, OperatorTally};
use super::parallel::in_parallel;
use super::sound::{self, SoundRun};
use crate::provider::{Fault, FaultSet, ProviderOptions};
use crate::report;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub faults: Vec<&'static Fault>,
    /// Runs against the sound provider.
    pub sound: usize,
    /// Unaimed changes of each operator.
    pub mutants: usize,
    /// Runs at once.
    pub jobs: usize,
    /// Where each fault's run leaves its report, in a folder of the fault's name.
    pub reports: Option<PathBuf>,
}

/// Everything that the runs showed.
#[derive(Debug, Clone, Serialize)]
pub struct KillMatrix {
    /// Name and version of this program.
    pub tool: String,
    /// SHA-256 over all case files and tables, lower-case hexadecimal.
    pub suite_sha256: String,
    pub summary: Summary,
    pub sound: Vec<SoundRun>,
    pub faults: Vec<FaultOutcome>,
    pub cases: Vec<CaseCoverage>,
    pub mutations: Vec<OperatorTally>,
}

/// The counts.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// True where every fault was caught, every case has one, and the sound provider gave no alarm.
    pub complete: bool,
    pub faults: usize,
    pub caught: usize,
    pub cases: usize,
    /// Cases that are meant for at least one of the faults that were run.
    pub cases_with_fault: usize,
    pub sound_runs: usize,
    pub false_alarms: usize,
    pub mutants: usize,
    pub mutants_noticed: usize,
    pub duration_ms: u64,
    /// Milliseconds that a fault took of one core, on average.
    pub core_ms_per_fault: u64,
}

/// The faults that a case is meant for, and did notice.
#[derive(Debug, Clone, Serialize)]
pub struct CaseCoverage {
    pub id: String,
    pub group: String,
    pub title: String,
    pub faults: Vec<&'static str>,
}

impl KillMatrix {
    /// Makes all runs of the plan. `done` hears the name of each part when it ends.
    ///
    /// # Errors
    /// Where an instance of the provider cannot listen, or no test is selected.
    pub fn make(
        bench: &Bench,
        plan: &Plan,
        done: impl Fn(&str) + Sync,
    ) -> Result<Self, BenchError> {
        let began = Instant::now();
        let rounds: Vec<usize> = (0..plan.sound).collect();
        let sound = in_parallel(plan.jobs, &rounds, async |round| {
            let run = sound::run(bench, *round).await?;
            done("sound provider");
            Ok(run)
        })?;
        let of_faults = Instant::now();
        let faults = in_parallel(plan.jobs, &plan.faults, async |fault| {
            let outcome = outcome(bench, fault, plan.reports.as_deref()).await?;
            done(outcome.name);
            Ok(outcome)
        })?;
        let of_faults = of_faults.elapsed();
        let mutations = mutations(bench, plan, &done)?;
        let cases = coverage(bench, &faults);
        let summary = Summary {
            duration_ms: milliseconds(began.elapsed()),
            core_ms_per_fault: per_fault(of_faults, plan),
            ..summarise(&sound, &faults, &cases, &mutations)
        };
        Ok(Self {
            tool: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
            suite_sha256: bench.suite().sha256.clone(),
            summary,
            sound,
            faults,
            cases,
            mutations,
        })
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Of one core: a worker has one thread, so that more workers than cores cost no more.
fn per_fault(took: Duration, plan: &Plan) -> u64 {
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let faults = plan.faults.len().max(1) as u64;
    milliseconds(took) * plan.jobs.min(cores) as u64 / faults
}

async fn outcome(
    bench: &Bench,
    fault: &'static Fault,
    reports: Option<&Path>,
) -> Result<FaultOutcome, BenchError> {
    let began = Instant::now();
    let options = ProviderOptions {
        faults: FaultSet::from(fault),
        ..ProviderOptions::default()
    };
    let run = bench.run(options).await?;
    if let Some(folder) = reports {
        report::write_all(&run, &folder.join(fault.name()))?;
    }
    Ok(judge(fault, &run, began.elapsed()))
}

fn mutations(
    bench: &Bench,
    plan: &Plan,
    done: &(impl Fn(&str) + Sync),
) -> Result<Vec<OperatorTally>, BenchError> {
    if plan.mutants == 0 {
        return Ok(Vec::new());
    }
    let sound = in_parallel(1, &[()], async |()| {
        bench.run(ProviderOptions::default()).await
    })?;
    let (mutants, sizes) = mutation::sample(&sound, plan.mutants);
    let outcomes = in_parallel(plan.jobs, &mutants, async |mutant| {
        let outcome = mutation::run(bench, mutant).await?;
        done(outcome.operator);
        Ok(outcome)
    })?;
    Ok(mutation::tally(&outcomes, &sizes))
}

fn coverage(bench: &Bench, faults: &[FaultOutcome]) -> Vec<CaseCoverage> {
    let caught = |id: &str| {
        let catches = move |fault: &&FaultOutcome| {
            fault.verdict != FaultVerdict::Survived
                && fault.caught_by.iter().any(|caught| caught.case == id)
        };
        faults
            .iter()
            .filter(catches)
            .map(|fault| fault.name)
            .collect()
    };
    let cases = bench.suite().cases.iter();
    cases
        .map(|case| CaseCoverage {
            id: case.id.value.clone(),
            group: case.group.value.clone(),
            title: case.title.0.value.clone(),
            faults: caught(&case.id.value),
        })
        .collect()
}

fn summarise(
    sound: &[SoundRun],
    faults: &[FaultOutcome],
    cases: &[CaseCoverage],
    mutations: &[OperatorTally],
) -> Summary {
    let caught = |fault: &&FaultOutcome| fault.verdict == FaultVerdict::Caught;
    let counts = Summary {
        complete: false,
        faults: faults.len(),
        caught: faults.iter().filter(caught).count(),
        cases: cases.len(),
        cases_with_fault: cases.iter().filter(|case| !case.faults.is_empty()).count(),
        sound_runs: sound.len(),
        false_alarms: sound.iter().map(|run| run.alarms.len()).sum(),
        mutants: mutations.iter().map(|operator| operator.tried).sum(),
        mutants_noticed: mutations.iter().map(|operator| operator.noticed).sum(),
        duration_ms: 0,
        core_ms_per_fault: 0,
    };
    Summary {
        complete: counts.caught == counts.faults
            && counts.cases_with_fault == counts.cases
            && counts.false_alarms == 0,
        ..counts
    }
}
