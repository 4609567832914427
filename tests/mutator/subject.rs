//! Valid resources to be broken: the sample data of the embedded provider, resources written for this
//! test, and real ones where they are at hand.

use std::path::{Path, PathBuf};

use fhir_assay::fhir::{Issue, Severity};
use serde_json::Value;

use crate::library::{LIBRARY, files, folder};

pub struct Subject {
    pub name: String,
    pub resource: Value,
    /// What is said of the original; no errors.
    pub issues: Vec<Issue>,
}

/// A resource that is not accepted as it is.
pub struct Refused {
    pub name: String,
    pub issues: Vec<Issue>,
}

/// Real resources with mistakes of their own, which the sweep lists.
const MISTAKEN: &[&str] = &[
    "DiagnosticReport-example-pgx.json",
    "MedicationRequest-medrx0301.json",
    "Observation-clinical-gender.json",
    "Observation-f202.json",
    "Procedure-f201.json",
];

/// All subjects, and the resources that should be subjects and have errors.
pub fn all() -> (Vec<Subject>, Vec<Refused>) {
    let mut subjects = Vec::new();
    let mut refused = Vec::new();
    let own = samples().into_iter().chain(read(&folder("resources")));
    for (name, resource) in own.chain(real()) {
        let issues = LIBRARY.validator.validate(&resource, &[]).issues;
        if issues.iter().any(|issue| issue.severity >= Severity::Error) {
            if !MISTAKEN.contains(&name.as_str()) {
                refused.push(Refused { name, issues });
            }
            continue;
        }
        subjects.push(Subject {
            name,
            resource,
            issues,
        });
    }
    (subjects, refused)
}

fn read(folder: &Path) -> Vec<(String, Value)> {
    files(folder)
        .into_iter()
        .map(|(name, text)| {
            let value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, value)
        })
        .collect()
}

/// The resources of the embedded provider.
fn samples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider/data");
    let mut out = Vec::new();
    for (name, bundle) in read(&folder) {
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            let resource = entry["resource"].clone();
            let id = format!("{name} {} {}", resource["resourceType"], resource["id"]);
            out.push((id.replace('"', ""), resource));
        }
    }
    out
}

/// Real examples, where there are any.
fn real() -> Vec<(String, Value)> {
    let shared = std::env::var_os("FHIR_ASSAY_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let samples = shared.join("samples");
    if !samples.is_dir() {
        println!("without real examples: {} is not there", samples.display());
    }
    let mut out = read(&samples.join("eu"));
    out.extend(read(&samples.join("hl7ex")));
    out.retain(|(_, resource)| resource.to_string().len() < 60_000);
    out
}
