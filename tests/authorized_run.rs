//! A run whose tokens are all of one lifetime.

use std::sync::Arc;

use fhir_assay::auth::{Algorithm, SigningKey};
use fhir_assay::config::{ClientConfig, FileSettings};
use fhir_assay::definition::Definitions;
use fhir_assay::embedded::Embedded;
use fhir_assay::outcome::{RunOutcome, SkipKind, TestOutcome, Verdict};
use fhir_assay::profile::Validator;
use fhir_assay::provider::{AuthorizationOptions, Client, ProviderOptions};
use fhir_assay::runner::Run;
use fhir_assay::suite::Suite;
use serde_json::json;
use tokio::sync::watch;

/// The suite with one client, whose tokens are valid for so many seconds.
async fn run(token_lifetime: u64) -> RunOutcome {
    let key = SigningKey::generate(Algorithm::Es384).expect("a key");
    let client = Client {
        id: "only".to_owned(),
        jwks: json!({ "keys": [key.public().expect("a public key")] }),
        scope: "system/*.rs".to_owned(),
    };
    let options = ProviderOptions {
        authorization: Some(AuthorizationOptions {
            clients: vec![client],
            token_lifetime,
            ..AuthorizationOptions::default()
        }),
        ..ProviderOptions::default()
    };
    let embedded = Embedded::start(options).await.expect("a port");
    let mut config = embedded.settings(&FileSettings::default().resolve().expect("defaults"));
    config.authorization.clients = vec![ClientConfig {
        name: "only".to_owned(),
        client_id: "only".to_owned(),
        key: Arc::new(key),
        scope: None,
    }];
    let suite = Suite::load_embedded();
    let run = Run {
        suite: &suite,
        config: &config,
        base: embedded.base().clone(),
        embedded: true,
        validator: Validator::new(Definitions::embedded()),
        definitions: Vec::new(),
    };
    let (_never, cancel) = watch::channel(false);
    run.run(Arc::new(|_| {}), cancel).await.expect("a run")
}

fn tests(outcome: &RunOutcome) -> impl Iterator<Item = &TestOutcome> {
    outcome.cases.iter().flat_map(|case| &case.tests)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_to_the_end_of_a_token() {
    let outcome = run(2).await;
    let failed: Vec<_> = tests(&outcome)
        .filter(|test| !matches!(test.verdict, Verdict::Pass | Verdict::Skip))
        .map(|test| (&test.id, test.verdict))
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    let expired = tests(&outcome).find(|test| test.id == "access-refused/expired");
    assert_eq!(expired.expect("a test").verdict, Verdict::Pass);
}

/// Its first part, that a sound token opens the API, passes: that alone says nothing of its subject.
#[tokio::test(flavor = "multi_thread")]
async fn a_test_that_is_done_in_part_does_not_pass() {
    let outcome = run(300).await;
    let test = tests(&outcome).find(|test| test.id == "access-refused/expired");
    let test = test.expect("a test");
    assert_eq!(test.verdict, Verdict::Skip);
    let skip = test.skip.as_ref().expect("a reason");
    assert_eq!(skip.kind, SkipKind::NotApplicable);
    assert!(
        skip.reason.contains("tokens live for 300 s"),
        "{}",
        skip.reason
    );
}
