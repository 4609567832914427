//! Every case as a trial: `cargo test --test conformance -- --list`, name filters and so on.
//!
//! Without `FHIR_ASSAY_TARGET` the embedded reference provider is tested; all `FHIR_ASSAY_…`
//! variables and `fhir-assay.toml` count as they do for `fhir-assay run`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match fhir_assay::cli::conformance_trials() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
