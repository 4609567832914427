//! The trials of `cargo test --test conformance`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use libtest_mimic::Arguments;
use tokio::sync::watch;

use super::CliError;
use super::session::{Session, silent};
use super::settings::SettingsArguments;
use crate::outcome::RunOutcome;
use crate::plan::{Plan, Selection};
use crate::trial::trials;

/// The settings without any flag: the environment and the settings file.
#[derive(Debug, Parser)]
struct NoFlags {
    #[command(flatten)]
    settings: SettingsArguments,
}

/// Runs every test that the process's arguments select as a trial.
///
/// # Errors
/// When the settings cannot be used.
pub fn conformance_trials() -> Result<ExitCode, CliError> {
    let arguments = Arguments::from_args();
    let settings = NoFlags::try_parse_from(["conformance"])?.settings;
    let session = Session::new(settings)?;
    let plan = Plan::new(&session.suite, &Selection::of(&session.config));
    let run = Arc::new(move |ids: Vec<String>| run(&session, ids));
    let trials = trials(&plan, &arguments, run);
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

/// Runs these tests; all others are left out.
fn run(session: &Session, ids: Vec<String>) -> Result<RunOutcome, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let (_never, cancel) = watch::channel(false);
    runtime
        .block_on(session.run(&session.only(ids), silent(), cancel))
        .map_err(|error| error.to_string())
}
