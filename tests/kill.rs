//! Who tests the tests: every fault of the embedded provider changes what a run finds, and a sound
//! provider gives no false alarm.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir_assay::config::{FileSettings, PatientKey};
use fhir_assay::definition::Definitions;
use fhir_assay::outcome::{RunOutcome, Verdict};
use fhir_assay::profile::Validator;
use fhir_assay::provider::{Fault, FaultSet, Provider, ProviderOptions};
use fhir_assay::runner::Run;
use fhir_assay::suite::Suite;
use tokio::sync::watch;
use url::Url;

/// What all runs share: compiled once.
struct Bench {
    suite: Suite,
    validator: Validator,
}

impl Bench {
    fn new() -> Self {
        Self {
            suite: Suite::load_embedded(),
            validator: Validator::new(Definitions::embedded()),
        }
    }

    async fn run(&self, faults: FaultSet) -> RunOutcome {
        let options = ProviderOptions {
            faults,
            ..ProviderOptions::default()
        };
        let provider = Provider::start(options).await.expect("a port");
        let mut config = FileSettings::default().resolve().expect("defaults");
        config.patients = provider
            .patients()
            .into_iter()
            .map(|id| PatientKey::Id(id.to_owned()))
            .collect();
        let run = Run {
            suite: &self.suite,
            config: &config,
            base: Url::parse(&format!("{}/", provider.base_url())).expect("a URL"),
            embedded: true,
            validator: self.validator.clone(),
            definitions: Vec::new(),
        };
        let (_never, cancel) = watch::channel(false);
        run.run(Arc::new(|_| {}), cancel).await.expect("a run")
    }
}

/// Case → worst verdict.
fn verdicts(outcome: &RunOutcome) -> BTreeMap<String, Verdict> {
    outcome
        .cases
        .iter()
        .map(|case| (case.id.clone(), case.verdict))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_noticed_and_soundness_too() {
    let bench = Bench::new();
    let sound = bench.run(FaultSet::default()).await;
    let alarms: Vec<_> = verdicts(&sound)
        .into_iter()
        .filter(|(_, verdict)| *verdict > Verdict::Pass)
        .collect();
    assert!(alarms.is_empty(), "false alarms: {alarms:?}");
    let mut survivors = Vec::new();
    let mut unbroken = verdicts(&sound);
    for fault in Fault::all() {
        let outcome = bench.run(FaultSet::from(fault)).await;
        let noticed: Vec<_> = verdicts(&outcome)
            .into_iter()
            .filter(|(_, verdict)| *verdict > Verdict::Pass)
            .map(|(id, _)| id)
            .collect();
        if noticed.is_empty() {
            survivors.push(fault.name());
        }
        for id in noticed {
            unbroken.remove(&id);
        }
    }
    println!("cases that no fault breaks yet: {:?}", unbroken.keys());
    assert!(survivors.is_empty(), "nobody notices: {survivors:?}");
}
