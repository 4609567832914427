//! Who tests the tests: faults of the embedded provider are caught by the cases meant for them,
//! every case is meant for one, and a sound provider gives no false alarm.

use std::collections::{BTreeMap, BTreeSet};

use fhir_assay::config::FileSettings;
use fhir_assay::kill_matrix::{Bench, FaultVerdict, KillMatrix, Plan, html, text};
use fhir_assay::provider::Fault;
use fhir_assay::suite::Suite;

fn bench() -> Bench {
    let settings = FileSettings::default().resolve().expect("defaults");
    Bench::new(Suite::load_embedded(), settings)
}

fn plan(faults: Vec<&'static Fault>) -> Plan {
    Plan {
        faults,
        sound: 2,
        mutants: 0,
        reports: None,
        jobs: std::thread::available_parallelism().map_or(1, Into::into),
    }
}

/// Faults of every kind. All of them together: `fhir-assay faults`, as `.ci/run` does at every build.
#[test]
fn a_sample_of_faults_is_caught() {
    let sample: Vec<&Fault> = Fault::all().step_by(12).collect();
    let matrix = KillMatrix::make(&bench(), &plan(sample), |_| {}).expect("runs");
    let missed: Vec<&str> = matrix
        .faults
        .iter()
        .filter(|fault| fault.verdict != FaultVerdict::Caught)
        .map(|fault| fault.name)
        .collect();
    assert!(missed.is_empty(), "{missed:?}:\n{}", text(&matrix));
    assert_eq!(matrix.summary.false_alarms, 0);
}

#[test]
fn faults_name_cases_and_groups_that_exist() {
    let suite = Suite::load_embedded();
    let cases: BTreeMap<&str, &str> = suite
        .cases
        .iter()
        .map(|case| (case.id.value.as_str(), case.group.value.as_str()))
        .collect();
    let groups: BTreeSet<&str> = cases.values().copied().collect();
    for fault in Fault::all() {
        assert!(!fault.caught_by().is_empty(), "{}", fault.name());
        for id in fault.caught_by() {
            assert!(cases.contains_key(id), "{}: {id}", fault.name());
        }
        for other in fault.also() {
            let known = match other.strip_prefix("group:") {
                Some(group) => groups.contains(group),
                None => cases.contains_key(other),
            };
            assert!(known, "{}: {other}", fault.name());
        }
    }
}

#[test]
fn every_case_is_meant_for_a_fault() {
    let meant: BTreeSet<&str> = Fault::all()
        .flat_map(|fault| fault.caught_by().iter().copied())
        .collect();
    let suite = Suite::load_embedded();
    let without: Vec<&str> = suite
        .cases
        .iter()
        .map(|case| case.id.value.as_str())
        .filter(|id| !meant.contains(id))
        .collect();
    assert!(without.is_empty(), "no fault for {without:?}");
}

/// A suite without the case that a fault is meant for does not catch it.
#[test]
fn a_fault_survives_where_its_case_is_gone() {
    let mut suite = Suite::load_embedded();
    suite.cases.retain(|case| case.id.value != "read-version");
    let settings = FileSettings::default().resolve().expect("defaults");
    let faults = ["etag-missing", "capability-version-wrong"]
        .into_iter()
        .filter_map(Fault::by_name)
        .collect();
    let matrix =
        KillMatrix::make(&Bench::new(suite, settings), &plan(faults), |_| {}).expect("runs");
    let verdicts: Vec<FaultVerdict> = matrix.faults.iter().map(|fault| fault.verdict).collect();
    assert_eq!(verdicts, [FaultVerdict::Survived, FaultVerdict::Caught]);
    assert!(!matrix.summary.complete);
    let page = html(&matrix).expect("a page");
    assert!(page.contains("etag-missing") && page.contains("survived"));
}
