//! What a run's record is like, whatever the order in which answers came.

use std::collections::BTreeSet;
use std::sync::Arc;

use fhir_assay::config::{FileSettings, PatientKey, RunConfig};
use fhir_assay::definition::Definitions;
use fhir_assay::outcome::{Evidence, RunOutcome, Verdict};
use fhir_assay::profile::Validator;
use fhir_assay::provider::{FaultSet, Provider, ProviderOptions, RunningProvider};
use fhir_assay::runner::Run;
use fhir_assay::suite::Suite;
use regex::Regex;
use serde_json::Value;
use tokio::sync::watch;
use url::Url;

async fn provider() -> RunningProvider {
    Provider::start(ProviderOptions::default())
        .await
        .expect("a port")
}

fn settings(provider: &RunningProvider) -> RunConfig {
    let mut config = FileSettings::default().resolve().expect("defaults");
    let patients = provider.patients().into_iter();
    config.patients = patients.map(|id| PatientKey::Id(id.to_owned())).collect();
    config
}

async fn run(provider: &RunningProvider, config: &RunConfig) -> RunOutcome {
    let suite = Suite::load_embedded();
    let run = Run {
        suite: &suite,
        config,
        base: Url::parse(&format!("{}/", provider.base_url())).expect("a URL"),
        embedded: true,
        validator: Validator::new(Definitions::embedded()),
        definitions: Vec::new(),
    };
    let (_never, cancel) = watch::channel(false);
    run.run(Arc::new(|_| {}), cancel).await.expect("a run")
}

/// The record without what may differ between two runs: times, texts that are made up, and bodies, which
/// hold both.
fn without_times(outcome: &RunOutcome) -> Value {
    fn clear(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| {
                    !matches!(
                        name.as_str(),
                        "started" | "timing" | "duration_ms" | "date" | "body"
                    )
                });
                // The headers that say when the answer, and what it shows, were made.
                let is_time = |name: &Value| name == "date" || name == "last-modified";
                if members.get("name").is_some_and(is_time) {
                    members.remove("value");
                }
                members.values_mut().for_each(clear);
            }
            Value::Array(items) => items.iter_mut().for_each(clear),
            _ => {}
        }
    }
    let made_up = Regex::new("(?:fhir-assay|write:|write%3A)[A-Za-z0-9.-]{22}|submitted-[0-9]+")
        .expect("a pattern");
    let text = serde_json::to_string(outcome).expect("JSON");
    let text = made_up.replace_all(&text, "fhir-assay");
    let mut value = serde_json::from_str(&text).expect("JSON");
    clear(&mut value);
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrency_changes_nothing_but_times() {
    let provider = provider().await;
    let mut config = settings(&provider);
    config.http.limits.jobs = 1;
    let one = run(&provider, &config).await;
    config.http.limits.jobs = 16;
    let many = run(&provider, &config).await;
    let (one, many) = (without_times(&one), without_times(&many));
    for (left, right) in one["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .zip(many["cases"].as_array().expect("cases"))
    {
        assert_eq!(left, right);
    }
    for name in one.as_object().expect("a record").keys() {
        let (left, right) = (one[name].to_string(), many[name].to_string());
        let at = left
            .bytes()
            .zip(right.bytes())
            .position(|(left, right)| left != right);
        let around = at.map(|at| left.split_at(at.saturating_sub(200)).1);
        assert!(left == right, "{name} differs: {around:.600?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanges_are_numbered_in_the_order_of_the_tests_and_none_is_lost() {
    let provider = provider().await;
    let outcome = run(&provider, &settings(&provider)).await;
    let mut seen = Vec::new();
    let tests = outcome.cases.iter().flat_map(|case| &case.tests);
    for id in tests
        .flat_map(|test| &test.steps)
        .flat_map(|step| &step.exchanges)
    {
        if !seen.contains(id) {
            seen.push(id.clone());
        }
    }
    let recorded: Vec<_> = outcome.exchanges.iter().map(|x| x.id.clone()).collect();
    assert_eq!(seen, recorded);
    for (index, id) in recorded.iter().enumerate() {
        assert_eq!(id.0, format!("x{}", index + 1));
    }
}

/// The cases that want an exchange of their own, or send the same in the name of several.
fn fresh_cases() -> BTreeSet<String> {
    let suite = Suite::load_embedded();
    let cases = suite.cases.iter();
    cases
        .filter(|case| {
            let written = format!("{case:?}");
            written.contains("fresh: true") || written.contains("identity: Some")
        })
        .map(|case| case.id.value.clone())
        .collect()
}

/// Identical safe requests are sent once, except where a case wants them fresh.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_not_sent_twice() {
    let provider = provider().await;
    let outcome = run(&provider, &settings(&provider)).await;
    let fresh = fresh_cases();
    let mut once = BTreeSet::new();
    for test in outcome.cases.iter().flat_map(|case| &case.tests) {
        let is_fresh = fresh.contains(test.id.split('/').next().unwrap_or_default());
        let steps = test.steps.iter().filter(|_| !is_fresh);
        once.extend(steps.flat_map(|step| step.exchanges.iter().cloned()));
    }
    let mut sent = BTreeSet::new();
    let exchanges = outcome.exchanges.iter();
    for exchange in exchanges.filter(|exchange| once.contains(&exchange.id)) {
        let request = &exchange.request;
        let body = request.body.as_ref().map(|body| body.sha256.clone());
        let headers = format!("{:?}", request.headers);
        let key = (request.method.clone(), request.url.clone(), headers, body);
        assert!(sent.insert(key), "{} {}", request.method, request.url);
    }
}

/// Without evidence, no text of the sample patients is left in the record.
#[tokio::test(flavor = "multi_thread")]
async fn without_evidence_no_value_is_kept() {
    let provider = provider().await;
    let mut config = settings(&provider);
    config.evidence = Some(Evidence::Full);
    let full = run(&provider, &config).await;
    let mut values = BTreeSet::new();
    for exchange in &full.exchanges {
        let body = exchange
            .response
            .as_ref()
            .and_then(|response| response.body.as_ref());
        let text = body
            .and_then(|body| body.text.as_deref())
            .unwrap_or_default();
        if let Ok(body) = serde_json::from_str(text) {
            collect(&body, &mut values);
        }
    }
    assert!(values.len() > 100, "{}", values.len());
    config.evidence = Some(Evidence::None);
    // A sound provider, and some of whose findings quote what they showed.
    let quoted = [
        "leaks-foreign-patient",
        "pages-overlap",
        "dangling-references",
        "read-differs-from-search",
        "full-url-wrong",
        "drops-seed-resource",
        "profile-violation-birth-date-missing",
    ];
    let faults = quoted.map(|name| FaultSet::of([name]).expect("a fault"));
    for faults in faults.into_iter().chain([FaultSet::default()]) {
        let options = ProviderOptions {
            faults,
            ..ProviderOptions::default()
        };
        let provider = Provider::start(options).await.expect("a port");
        let record = serde_json::to_string(&run(&provider, &config).await).expect("JSON");
        let left: Vec<_> = values
            .iter()
            .filter(|value| record.contains(*value))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Ids, names, and identifiers, long enough not to be met by chance.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if text.len() > 5 => {
                        if matches!(
                            name.as_str(),
                            "id" | "family" | "reference" | "value" | "birthDate"
                        ) {
                            found.insert(text.to_owned());
                        }
                    }
                    _ => collect(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// The capability with this name of documents, as declared and observed.
async fn of_documents(fault: &str, name: &str) -> (bool, Verdict) {
    let provider = Provider::start(ProviderOptions {
        faults: fault.parse().expect("a fault"),
        ..ProviderOptions::default()
    });
    let provider = provider.await.expect("a port");
    let outcome = run(&provider, &settings(&provider)).await;
    let mut capabilities = outcome.capabilities.iter();
    let found = capabilities
        .find(|one| one.key.resource_type == "DocumentReference" && one.key.name == name)
        .expect("a capability");
    (found.declared, found.verdict)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_stands_beside_what_was_observed() {
    for (fault, name, declared, verdict) in [
        ("document-date-undeclared", "date", false, Verdict::Pass),
        ("document-date-undeclared", "type", true, Verdict::Pass),
        ("date-comparison-finds-nothing", "date", true, Verdict::Fail),
        ("submission-answered-200", "create", true, Verdict::Fail),
    ] {
        let found = of_documents(fault, name).await;
        assert_eq!(found, (declared, verdict), "{fault} {name}");
    }
}
