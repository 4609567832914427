//! The command line: see `fhir-assay --help`.

use std::process::ExitCode;

use fhir_assay::cli;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(cli::exit::USAGE)
        }
    }
}
