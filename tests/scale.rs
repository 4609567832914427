//! Many patients with many records: what a run costs grows with them, and ends where it samples.

use std::sync::Arc;
use std::time::Instant;

use fhir_assay::config::{FileSettings, PatientKey};
use fhir_assay::definition::Definitions;
use fhir_assay::outcome::{RunOutcome, Verdict};
use fhir_assay::profile::Validator;
use fhir_assay::provider::{Provider, ProviderOptions};
use fhir_assay::runner::Run;
use fhir_assay::suite::Suite;
use serde_json::Value;
use tokio::sync::watch;
use url::Url;

/// One patient with all records, of which copies are made.
const SAMPLE: &str = include_str!("../src/provider/data/de.json");
const SAMPLE_ID: &str = "de-bjoern";

/// So many patients with so many records each.
fn resources(patients: usize, records: usize) -> Vec<Value> {
    let sample: Value = serde_json::from_str(SAMPLE).expect("JSON");
    let entries = sample["entry"].as_array().expect("entries");
    let texts: Vec<String> = entries
        .iter()
        .map(|entry| &entry["resource"])
        .filter(|resource| resource["resourceType"] != "Patient")
        .map(Value::to_string)
        .collect();
    let patient = entries
        .iter()
        .map(|entry| &entry["resource"])
        .find(|resource| resource["resourceType"] == "Patient")
        .expect("a patient");
    let mut made = Vec::new();
    for number in 0..patients {
        let id = patient_id(number);
        let mut own = patient.clone();
        own["id"] = Value::from(id.as_str());
        own["identifier"][0]["value"] = Value::from(format!("scale-{number}"));
        made.push(own);
        for (at, text) in texts.iter().cycle().take(records).enumerate() {
            let text = text.replace(&format!("Patient/{SAMPLE_ID}"), &format!("Patient/{id}"));
            let mut resource: Value = serde_json::from_str(&text).expect("JSON");
            resource["id"] = Value::from(format!("{id}-{at}"));
            made.push(resource);
        }
    }
    made
}

fn patient_id(number: usize) -> String {
    format!("scale-{number}")
}

async fn run(patients: usize, records: usize) -> RunOutcome {
    let provider = Provider::start(ProviderOptions {
        more: resources(patients, records),
        ..ProviderOptions::default()
    })
    .await
    .expect("a port");
    let mut config = FileSettings::default().resolve().expect("defaults");
    config.patients = (0..patients)
        .map(|number| PatientKey::Id(patient_id(number)))
        .collect();
    let suite = Suite::load_embedded();
    let run = Run {
        suite: &suite,
        config: &config,
        base: Url::parse(&format!("{}/", provider.base_url())).expect("a URL"),
        embedded: true,
        validator: Validator::new(Definitions::embedded()),
        definitions: Vec::new(),
    };
    let (_never, cancel) = watch::channel(false);
    let began = Instant::now();
    let outcome = run.run(Arc::new(|_| {}), cancel).await.expect("a run");
    println!(
        "{patients} patients × {records} records: {} requests, {} resources validated, {:?}; {:#?}",
        outcome.summary.requests,
        outcome.summary.resources_validated,
        began.elapsed(),
        outcome.run.notes
    );
    outcome
}

/// The tests that could not tell: the copies break a rule here and there, which is for others to find.
fn unjudged(outcome: &RunOutcome) -> Vec<&str> {
    let tests = outcome.cases.iter().flat_map(|case| &case.tests);
    tests
        .filter(|test| test.verdict == Verdict::Error)
        .map(|test| test.id.as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_grow_no_faster_than_patients() {
    let few = run(4, 60).await;
    let many = run(8, 60).await;
    assert_eq!(unjudged(&few), Vec::<&str>::new());
    assert_eq!(unjudged(&many), Vec::<&str>::new());
    assert!(many.summary.requests < 2 * few.summary.requests);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo test --release --test scale -- --ignored --nocapture"]
async fn a_hundred_patients_with_a_thousand_records_each() {
    let outcome = run(100, 1_000).await;
    assert_eq!(unjudged(&outcome), Vec::<&str>::new());
    let sampled = |note: &String| note.contains("there are more");
    assert!(
        outcome.run.notes.iter().any(sampled),
        "the report says that it sampled"
    );
}
