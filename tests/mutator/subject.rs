//! Valid resources to be broken: the sample data of the embedded provider, resources written for this
//! test, and real ones where they are at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use fhir_assay::fhir::{Issue, Severity};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::findings;
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

/// All subjects, and the resources that should be subjects and have errors.
pub fn all() -> (Vec<Subject>, Vec<Refused>) {
    let mut subjects = Vec::new();
    let mut refused = Vec::new();
    // Real resources with mistakes of their own.
    let mistakes = findings::rows("tests/sweep/findings.yaml");
    let own = samples().into_iter().chain(read(&folder("resources")));
    for (name, resource) in own.chain(real()) {
        let issues = LIBRARY.validator.validate(&resource, &[]).issues;
        let errors: Vec<&Issue> = issues
            .iter()
            .filter(|issue| issue.severity >= Severity::Error)
            .collect();
        if !errors.is_empty() {
            let is_listed = |issue: &&Issue| {
                let place = &issue.location.expression;
                mistakes
                    .iter()
                    .any(|row| row.fits(&name, &issue.rule, place))
            };
            if !errors.iter().all(is_listed) {
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
    let archive = shared.join("fhir-packages/hl7.fhir.r4.examples#4.0.1.tgz");
    if archive.is_file() {
        out.extend(of_other_types(&archive, &out));
    }
    out
}

/// Most examples of a type.
const OF_A_TYPE: usize = 2;

/// Examples of R4 of types that there are none of yet: those with the most to break that are not large.
fn of_other_types(archive: &Path, known: &[(String, Value)]) -> Vec<(String, Value)> {
    let known: BTreeSet<&str> = known
        .iter()
        .filter_map(|(_, resource)| resource["resourceType"].as_str())
        .collect();
    let file = std::fs::File::open(archive).expect("an archive");
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let mut by_type: BTreeMap<String, Vec<(usize, String, String)>> = BTreeMap::new();
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").into_owned();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let size = usize::try_from(entry.size()).unwrap_or(usize::MAX);
        let kind = name.split('-').next().unwrap_or_default().to_owned();
        if !name.ends_with(".json") || size > 20_000 || known.contains(kind.as_str()) {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        by_type.entry(kind).or_default().push((size, name, text));
    }
    let mut out = Vec::new();
    for found in by_type.values_mut() {
        found.sort_by(|one, other| other.cmp(one));
        let resources = found.iter().filter_map(|(_, name, text)| {
            let resource: Value = serde_json::from_str(text).ok()?;
            // Mistaken ones are listed by the sweep.
            let valid = LIBRARY.validator.validate(&resource, &[]).is_valid();
            valid.then(|| (name.clone(), resource))
        });
        out.extend(resources.take(OF_A_TYPE));
    }
    out
}
