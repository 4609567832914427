//! Arguments → subcommand → exit code. Dispatches only; one file a subcommand.

use clap::{Parser, Subcommand};

mod definitions;
mod download;
pub mod exit;
mod faults;
mod init;
mod keys;
mod lint;
mod list;
pub mod output;
mod packages;
mod report;
mod run;
mod schema;
mod serve;
mod session;
mod settings;
mod trials;
mod validate;

/// Conformance tests for FHIR resource exchange as the EU Health Data API describes it.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the suite against a server and write the reports
    ///
    /// Without --target the embedded reference provider is tested. Exit codes: 0 no non-conformity found; 1 the
    /// target is wrong; 2 wrong use; 3 a case file is broken; 4 could not tell.
    Run(run::RunArguments),
    /// Start the embedded reference provider
    Serve(serve::ServeArguments),
    /// Run the suite against every fault of the reference provider and print which case catches which
    ///
    /// Exit code 0 only if every fault is caught by the cases meant for it, every case catches one, and the
    /// sound provider gives no false alarm.
    Faults(faults::FaultsArguments),
    /// Validate resources against FHIR R4 and profiles
    ///
    /// Exit codes: 0 valid; 1 invalid or malformed content; 2 unreadable file or unknown profile.
    Validate(validate::ValidateArguments),
    /// Print what JSON Schema can say of a profile, with a note of what it cannot
    Schema(schema::SchemaArguments),
    /// Show what would run, with the planned requests, and what would be skipped and why
    List(list::ListArguments),
    /// Check case files
    Lint(lint::LintArguments),
    /// Rebuild the reports from a report.json
    Report(report::ReportArguments),
    /// Write a settings file for a target, from what it declares
    Init(init::InitArguments),
    /// Make a key pair for SMART Backend Services and print what to register
    Keys(keys::KeysArguments),
    /// List, install and verify FHIR packages
    Packages(packages::PackagesArguments),
}

pub use trials::conformance_trials;

/// What ends a command early, rendered for reading by `main`.
pub type CliError = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command that the process was started with, and returns its exit code.
///
/// # Errors
/// Wrong use, such as an unknown setting or an unreadable file.
pub fn run() -> Result<u8, CliError> {
    match Arguments::parse().command {
        Command::Run(arguments) => run::run(arguments),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Faults(arguments) => faults::faults(&arguments),
        Command::Validate(arguments) => validate::validate(&arguments),
        Command::Schema(arguments) => schema::schema(&arguments),
        Command::List(arguments) => list::list(arguments),
        Command::Lint(arguments) => lint::lint(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Init(arguments) => init::init(arguments),
        Command::Keys(arguments) => keys::keys(&arguments),
        Command::Packages(arguments) => packages::packages(&arguments),
    }
}
