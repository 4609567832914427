//! `fhir-assay lint`: checks case files without running them.

use std::path::PathBuf;

use clap::Args;

use super::{CliError, exit, output};
use crate::suite::{Code, Diagnostic, Gravity, Suite};

/// What `lint` can be told.
#[derive(Debug, Args)]
pub struct LintArguments {
    /// Folders with cases to check together with the built-in suite (repeatable)
    #[arg(long, value_name = "DIR")]
    suite: Vec<PathBuf>,
}

/// Prints every diagnostic.
pub fn lint(arguments: &LintArguments) -> Result<u8, CliError> {
    let suite = Suite::load(&arguments.suite);
    let diagnostics = suite.lint();
    for diagnostic in diagnostics {
        output::note(format_args!("{}\n", diagnostic.render(false)));
    }
    let is_broken = |diagnostic: &&Diagnostic| {
        // Does not keep a suite from running, but it is not complete either.
        diagnostic.gravity() == Gravity::Error || diagnostic.code == Code::UnlinkedRequirement
    };
    let broken = diagnostics.iter().filter(is_broken).count();
    output::line(format_args!(
        "{} cases, {broken} errors, {} warnings",
        suite.cases.len(),
        diagnostics.len() - broken
    ));
    Ok(if broken > 0 {
        exit::BROKEN_CASES
    } else {
        exit::CONFORMANT
    })
}
