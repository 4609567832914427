//! The command line: see `fhir-assay --help`.

use std::process::ExitCode;

use fhir_assay::cli;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            cli::output::note(format_args!("error: {error}"));
            ExitCode::from(cli::exit::USAGE)
        }
    }
}
