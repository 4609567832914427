//! `fhir-assay faults`: the suite against every fault of the embedded provider.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, exit, output};
use crate::config::FileSettings;
use crate::kill_matrix::{self, Bench, KillMatrix, Plan};
use crate::provider::{Fault, FaultSet};
use crate::suite::Suite;

/// What `faults` can be told.
#[derive(Debug, Args)]
pub struct FaultsArguments {
    /// Only this fault (repeatable); `serve --fault list` shows all
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,

    /// Folder for kill-matrix.json and kill-matrix.html
    #[arg(long, value_name = "DIR", default_value = "reports/faults")]
    out: PathBuf,

    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Runs at once; absent: two for each core, since a run waits for a token to expire
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,

    /// Runs against the sound provider, each with its own order of cases and number of requests at once
    #[arg(long, value_name = "N", default_value_t = 10)]
    sound: usize,

    /// Unaimed changes of single responses to try for each operator
    #[arg(long, value_name = "N", default_value_t = 5)]
    mutations: usize,

    /// Also write the report of each fault's run, below --out in a folder of the fault's name
    #[arg(long)]
    reports: bool,

    /// Folder of cases that add to the built-in ones or replace them (repeatable)
    #[arg(long, value_name = "DIR")]
    suite: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Makes the matrix, writes and prints it. Exit code 0 only where it is complete.
pub fn faults(arguments: &FaultsArguments) -> Result<u8, CliError> {
    let plan = plan(arguments)?;
    crate::report::prepare(&arguments.out)
        .map_err(|problem| format!("--out {}: {problem}", arguments.out.display()))?;
    let bench = Bench::new(
        Suite::load(&arguments.suite),
        FileSettings::default().resolve()?,
    );
    let bar = bar(&plan);
    let matrix = KillMatrix::make(&bench, &plan, |name| {
        bar.set_message(name.to_owned());
        bar.inc(1);
    })?;
    bar.finish_and_clear();
    let json = serde_json::to_string_pretty(&matrix)?;
    write(&arguments.out, "kill-matrix.json", &json)?;
    write(
        &arguments.out,
        "kill-matrix.html",
        &kill_matrix::html(&matrix)?,
    )?;
    match arguments.format {
        Format::Text => output::print(kill_matrix::text(&matrix)),
        Format::Json => output::line(json),
    }
    Ok(exit_code(&matrix, arguments))
}

/// A matrix of some faults alone says nothing of the other cases.
fn exit_code(matrix: &KillMatrix, arguments: &FaultsArguments) -> u8 {
    let counts = &matrix.summary;
    let some = !arguments.fault.is_empty();
    let good =
        counts.complete || some && counts.caught == counts.faults && counts.false_alarms == 0;
    if good {
        exit::CONFORMANT
    } else {
        exit::NON_CONFORMANT
    }
}

fn plan(arguments: &FaultsArguments) -> Result<Plan, CliError> {
    let chosen = FaultSet::of(arguments.fault.iter().map(String::as_str))?;
    let faults = Fault::all()
        .filter(|fault| {
            arguments.fault.is_empty() || chosen.names().any(|name| name == fault.name())
        })
        .collect();
    let cores = std::thread::available_parallelism().map_or(2, |cores| 2 * cores.get());
    Ok(Plan {
        faults,
        sound: arguments.sound,
        mutants: arguments.mutations,
        reports: arguments.reports.then(|| arguments.out.clone()),
        jobs: arguments.jobs.unwrap_or(cores).clamp(1, 64),
    })
}

/// Mutants are not counted beforehand: how many there are shows only in a run.
fn bar(plan: &Plan) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new((plan.faults.len() + plan.sound) as u64).with_style(style)
}

fn write(out: &Path, name: &str, text: &str) -> Result<(), CliError> {
    let path = out.join(name);
    std::fs::write(&path, text)
        .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}
