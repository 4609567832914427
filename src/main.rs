//! The command line: see `fhir-assay --help`.

use std::process::ExitCode;

use fhir_assay::{cli, fhirpath};

fn main() -> ExitCode {
    fhirpath::hide_caught_panics();
    match cli::run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            cli::output::note(format_args!("error: {error}"));
            ExitCode::from(cli::exit::USAGE)
        }
    }
}
