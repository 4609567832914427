//! `fhir-assay report`: rebuilds every format from the record.

use std::path::PathBuf;

use clap::Args;

use super::{CliError, exit};

/// What `report` can be told.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The record of a run
    #[arg(value_name = "REPORT.JSON", default_value = "reports/latest/report.json")]
    record: PathBuf,

    /// Folder for the reports [default: the record's own]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Reads the record and writes the reports.
pub fn report(arguments: &ReportArguments) -> Result<u8, CliError> {
    let record = crate::report::Record::read(&arguments.record)?;
    let out = arguments
        .out
        .clone()
        .or_else(|| arguments.record.parent().map(PathBuf::from))
        .unwrap_or_default();
    let written = record.rebuild(&out)?;
    println!("{}", written.index.display());
    Ok(exit::CONFORMANT)
}
