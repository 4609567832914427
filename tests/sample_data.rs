//! The provider's sample data is valid: against R4, and against the profiles that it claims.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fhir_assay::definition::Definitions;
use fhir_assay::fhir::Severity;
use fhir_assay::profile::Validator;
use serde_json::Value;

fn resources() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider/data");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("sample data")
        .map(|entry| entry.expect("entry").path())
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).expect("file");
            let bundle: Value = serde_json::from_str(&text).expect("JSON");
            bundle["entry"].as_array().expect("entries").clone()
        })
        .map(|mut entry| entry["resource"].take())
        .collect()
}

fn name(resource: &Value) -> String {
    format!("{}/{}", resource["resourceType"], resource["id"]).replace('"', "")
}

/// What is wrong, each as one line.
fn problems(validator: &Validator, resources: &[Value]) -> Vec<String> {
    let mut problems = Vec::new();
    for resource in resources {
        for issue in validator.validate(resource, &[]).issues {
            if issue.severity >= Severity::Error {
                problems.push(format!(
                    "{} {} [{}] {}",
                    name(resource),
                    issue.location.expression,
                    issue.rule,
                    issue.message
                ));
            }
        }
    }
    problems
}

#[test]
fn the_sample_data_is_valid_and_keeps_the_profiles_it_claims() {
    let validator = Validator::new(Definitions::embedded());
    let resources = resources();
    let claimed: BTreeSet<String> = resources
        .iter()
        .filter_map(|resource| resource["meta"]["profile"].as_array())
        .flatten()
        .filter_map(|profile| profile.as_str().map(str::to_owned))
        .collect();
    assert!(claimed.len() > 15, "most types have two profiles");
    validator
        .prepare(&claimed.into_iter().collect::<Vec<_>>())
        .expect("a profile that cannot be used checks nothing");
    let problems = problems(&validator, &resources);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
