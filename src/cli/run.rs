//! `fhir-assay run`: the main job.

use std::sync::Arc;

use clap::Args;
use tokio::sync::watch;

use super::session::Session;
use super::settings::SettingsArguments;
use super::{CliError, exit, output};
use crate::report::{self, Progress};
use crate::runner::{Cancel, Listener};
use crate::suite::Gravity;

/// What `run` can be told.
#[derive(Debug, Args)]
pub struct RunArguments {
    #[command(flatten)]
    settings: SettingsArguments,
}

/// Runs the suite, writes the reports and prints a summary.
pub fn run(arguments: RunArguments) -> Result<u8, CliError> {
    let session = Session::new(arguments.settings)?;
    // Warnings are for those who write cases: `lint` shows them.
    for diagnostic in session.suite.lint() {
        if diagnostic.gravity() == Gravity::Warning {
            continue;
        }
        output::note(format_args!("{}\n", diagnostic.render(false)));
    }
    // Said before the run, not after it.
    report::prepare(&session.out)
        .map_err(|problem| format!("--out {}: {problem}", session.out.display()))?;
    let runtime = tokio::runtime::Runtime::new()?;
    let progress = Arc::new(Progress::new());
    let heard = Arc::clone(&progress);
    let listener: Listener = Arc::new(move |event| heard.hear(&event));
    let outcome =
        runtime.block_on(async { session.run(&session.config, listener, on_interrupt()).await })?;
    progress.finish();
    let written = report::write_all(&outcome, &session.out)?;
    output::print(format_args!("{}", report::summary_text(&outcome, &written)));
    Ok(exit::of_run(&outcome, &session.fail_on))
}

/// Becomes true at the first Ctrl-C; a second one ends the process at once.
fn on_interrupt() -> Cancel {
    let (send, receive) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            output::note(format_args!("interrupted; writing what was found so far"));
            let _ = send.send(true);
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(i32::from(exit::INCONCLUSIVE));
        }
    });
    receive
}
