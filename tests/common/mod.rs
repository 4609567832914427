//! Runs the binary as a user does.

use std::path::Path;
use std::process::{Command, Output};

/// How a run of the binary ended.
pub struct Finished {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the binary in this folder, without colours and with a package cache of the folder's own, so
/// that nothing of the user who runs the tests is picked up.
pub fn assay(folder: &Path, arguments: &[&str]) -> Finished {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_fhir-assay"))
        .args(arguments)
        .current_dir(folder)
        .env("FHIR_PACKAGE_CACHE", folder.join("cache"))
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary starts");
    Finished {
        code: status.code().expect("it ends by itself"),
        stdout: String::from_utf8(stdout).expect("UTF-8"),
        stderr: String::from_utf8(stderr).expect("UTF-8"),
    }
}
