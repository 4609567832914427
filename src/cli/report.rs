//! `fhir-assay report`: rebuilds every format from the record.

use std::path::PathBuf;

use clap::Args;

use super::{CliError, exit, output};

/// What `report` can be told.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The record of a run
    #[arg(
        value_name = "REPORT.JSON",
        default_value = "reports/latest/report.json"
    )]
    record: PathBuf,

    /// Folder for the reports [default: the record's own]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Reads the record and writes what derives from it.
pub fn report(arguments: &ReportArguments) -> Result<u8, CliError> {
    let record = crate::report::read(&arguments.record)?;
    let beside = arguments.record.parent().map(PathBuf::from);
    let out = arguments.out.clone().or(beside).unwrap_or_default();
    let written = crate::report::write_derived(&record, &out)?;
    output::line(written.index.display());
    Ok(exit::CONFORMANT)
}
