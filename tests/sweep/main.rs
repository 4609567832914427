//! Real examples: whatever validation reports of them is listed in `findings.yaml`, and true.

#[path = "../common/findings.rs"]
mod findings;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use fhir_assay::definition::Definitions;
use fhir_assay::fhir::Severity;
use fhir_assay::profile::Validator;
use flate2::read::GzDecoder;

use findings::{fits, rows, without_positions};

const PACKAGE: &str = "hl7.fhir.r4.examples#4.0.1";

/// One error.
#[derive(Debug)]
struct Error {
    file: String,
    rule: String,
    at: String,
    message: String,
}

/// The package's files: from the user's package cache, or from where real packages are kept for tests.
fn examples() -> Option<Vec<(String, String)>> {
    let cache = std::env::var_os("FHIR_PACKAGE_CACHE").map_or_else(
        || {
            std::env::home_dir()
                .unwrap_or_default()
                .join(".fhir/packages")
        },
        PathBuf::from,
    );
    let installed = cache.join(PACKAGE).join("package");
    if installed.is_dir() {
        return Some(of_folder(&installed));
    }
    let shared = std::env::var_os("FHIR_ASSAY_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let archive = shared.join(format!("fhir-packages/{PACKAGE}.tgz"));
    if archive.is_file() {
        return Some(of_archive(&archive));
    }
    println!(
        "skipped: {PACKAGE} is neither in {} nor at {}",
        cache.display(),
        archive.display()
    );
    None
}

fn is_resource(name: &str) -> bool {
    name.ends_with(".json") && !name.starts_with('.') && name != "package.json"
}

fn of_folder(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            )
        })
        .filter(|(name, _)| is_resource(name))
        .map(|(name, path)| (name, std::fs::read_to_string(path).expect("text")))
        .collect()
}

fn of_archive(path: &Path) -> Vec<(String, String)> {
    let file = std::fs::File::open(path).expect("an archive");
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let mut out = Vec::new();
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").into_owned();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.parent() == Some(Path::new("package")) && is_resource(&name) {
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("text");
            out.push((name, text));
        }
    }
    out
}

fn errors(validator: &Validator, file: &str, text: &str) -> Vec<Error> {
    let issues = validator.validate_text(text, &[]).issues.into_iter();
    issues
        .filter(|issue| issue.severity >= Severity::Error)
        .map(|issue| Error {
            file: file.to_owned(),
            rule: issue.rule,
            at: issue.location.expression,
            message: issue.message,
        })
        .collect()
}

#[test]
fn examples_of_r4_have_the_errors_that_are_listed() {
    let Some(files) = examples() else { return };
    let validator = Validator::new(Definitions::embedded());
    let half = files.len().div_ceil(2).max(1);
    let found: Vec<Error> = std::thread::scope(|scope| {
        let all = |part: &[(String, String)]| -> Vec<Error> {
            let errors = part
                .iter()
                .map(|(name, text)| errors(&validator, name, text));
            errors.flatten().collect()
        };
        let threads: Vec<_> = files
            .chunks(half)
            .map(|part| scope.spawn(move || all(part)))
            .collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"));
        joined.flatten().collect()
    });
    let rows = rows("tests/sweep/findings.yaml");
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for error in &found {
        match rows
            .iter()
            .position(|row| row.fits(&error.file, &error.rule, &error.at))
        {
            Some(at) => *counts.entry(at).or_default() += 1,
            None => wrong.push(format!(
                "not listed: {} {} at {}: {}",
                error.file, error.rule, error.at, error.message
            )),
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let count = counts.get(&at).copied().unwrap_or_default();
        if count != row.count {
            wrong.push(format!("{count} errors of {row:?}"));
        }
    }
    println!(
        "{} files, {} errors, all of {} rows",
        files.len(),
        found.len(),
        rows.len()
    );
    assert!(files.len() > 5_000, "{} files", files.len());
    assert!(
        rows.iter().all(|row| row.why.len() > 10),
        "every row has a reason"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn patterns_fit() {
    assert!(fits("a*c", "abbc") && fits("*.json", "x.json") && fits("a", "a"));
    assert!(!fits("a*c", "abb") && !fits("a", "ab") && !fits("*b", "a"));
    assert_eq!(without_positions("A.b[1].c[2]"), "A.b.c");
}
