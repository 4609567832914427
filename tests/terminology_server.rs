//! A terminology server decides what can't be decided here, and decides nothing when it fails.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fhir_assay::definition::Definitions;
use fhir_assay::package::Package;
use fhir_assay::profile::{Validation, Validator};
use fhir_assay::terminology::Server;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

const PROFILE: &str = "http://e.example/profile";
const VALUE_SET: &str = "http://e.example/codes";
const SYSTEM: &str = "http://e.example/system";

/// What was asked: path and query, and whether a header gave credentials.
type Asked = Arc<Mutex<Vec<(String, bool)>>>;
type Answer = fn(&str) -> Response;

struct Fake {
    url: String,
    asked: Asked,
    _stop: oneshot::Sender<()>,
}

impl Fake {
    fn start(answer: Answer) -> Self {
        let asked = Asked::default();
        let router = Router::new()
            .fallback(handle)
            .with_state((Arc::clone(&asked), answer));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("non-blocking");
        let url = format!("http://{}/fhir", listener.local_addr().expect("bound"));
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            Runtime::new().expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let serve = axum::serve(listener, router);
                tokio::select! { _ = serve => {}, _ = stopped => {} }
            });
        });
        Self {
            url,
            asked,
            _stop: stop,
        }
    }

    fn asked(&self) -> Vec<(String, bool)> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

async fn handle(State((asked, answer)): State<(Asked, Answer)>, request: Request) -> Response {
    let question = request.uri().to_string();
    let credentials = ["authorization", "cookie"];
    let has_credentials = credentials
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let mut asked = asked.lock().expect("not poisoned");
    asked.push((question.clone(), has_credentials));
    answer(&question)
}

fn result(is_member: bool) -> Response {
    let parameters = json!({
        "resourceType": "Parameters", "parameter": [{ "name": "result", "valueBoolean": is_member }],
    });
    parameters.to_string().into_response()
}

fn systems(urls: &[&str]) -> Response {
    let entry = |url: &&str| json!({ "resource": { "resourceType": "CodeSystem", "url": url, "content": "complete" } });
    let entries: Vec<Value> = urls.iter().map(entry).collect();
    json!({ "resourceType": "Bundle", "entry": entries })
        .to_string()
        .into_response()
}

/// Knows the code `in`, and all codes of the system.
fn knowing(question: &str) -> Response {
    if question.contains("/CodeSystem?") {
        systems(&[SYSTEM])
    } else {
        result(question.contains("code=in"))
    }
}

/// Says no to everything, for it knows no system.
fn ignorant(question: &str) -> Response {
    if question.contains("/CodeSystem?") {
        systems(&[])
    } else {
        result(false)
    }
}

fn broken(_: &str) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn refusing(_: &str) -> Response {
    StatusCode::NOT_FOUND.into_response()
}

fn html(_: &str) -> Response {
    "<html></html>".into_response()
}

fn endless(_: &str) -> Response {
    let chunk = axum::body::Bytes::from(vec![b' '; 64 * 1024]);
    let chunks = futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    axum::body::Body::from_stream(chunks).into_response()
}

fn package() -> Package {
    let profile = json!({
        "resourceType": "StructureDefinition", "url": PROFILE, "name": "P", "status": "active",
        "kind": "resource", "abstract": false, "type": "Patient", "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "differential": { "element": [{
            "id": "Patient.maritalStatus", "path": "Patient.maritalStatus",
            "binding": { "strength": "required", "valueSet": format!("{VALUE_SET}|1.0") },
        }] },
    });
    let file = ("p.json".to_owned(), profile.to_string().into_bytes().into());
    Package::from_files("e", [file]).expect("a package")
}

fn validator(server: &str, cache: &Path) -> Validator {
    let server = Server::new(server, cache.to_owned()).expect("a server");
    let definitions = Definitions::embedded().with_package(package());
    Validator::asking(definitions, Some(server))
}

fn judge(validator: &Validator, code: &str) -> Validation {
    let patient = json!({
        "resourceType": "Patient",
        "maritalStatus": { "coding": [{ "system": SYSTEM, "code": code }] },
    });
    validator.validate(&patient, &[PROFILE.to_owned()])
}

/// Member, not a member, or why that is not known.
fn verdict(validation: &Validation) -> Result<bool, String> {
    let mut open = validation.unchecked.iter();
    if let Some(open) = open.find(|open| open.what.contains(VALUE_SET)) {
        return Err(open.why.clone());
    }
    let mut issues = validation.issues.iter();
    Ok(!issues.any(|issue| issue.rule == "binding-required"))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn the_server_decides_and_is_asked_once() {
    let cache = folder();
    let fake = Fake::start(knowing);
    let validator = validator(&fake.url, cache.path());
    for _ in 0..3 {
        assert_eq!(verdict(&judge(&validator, "in")), Ok(true));
        assert_eq!(verdict(&judge(&validator, "out")), Ok(false));
    }
    let asked = fake.asked();
    let paths: Vec<&str> = asked
        .iter()
        .map(|(question, _)| question.as_str())
        .collect();
    let operation = "/fhir/ValueSet/$validate-code?url=http%3A%2F%2Fe.example%2Fcodes&system=http%3A%2F%2Fe.example%2Fsystem";
    assert_eq!(
        paths,
        [
            &format!("{operation}&code=in&valueSetVersion=1.0"),
            &format!("{operation}&code=out&valueSetVersion=1.0"),
            "/fhir/CodeSystem?url=http%3A%2F%2Fe.example%2Fsystem&_elements=url%2Ccontent",
        ]
    );
    assert!(asked.iter().all(|(_, has_credentials)| !has_credentials));
}

#[test]
fn answers_are_kept_for_the_next_time() {
    let cache = folder();
    let fake = Fake::start(knowing);
    let first = validator(&fake.url, cache.path());
    assert_eq!(verdict(&judge(&first, "in")), Ok(true));
    assert_eq!(verdict(&judge(&first, "out")), Ok(false));
    let count = fake.asked().len();
    let second = validator(&fake.url, cache.path());
    assert_eq!(verdict(&judge(&second, "in")), Ok(true));
    assert_eq!(verdict(&judge(&second, "out")), Ok(false));
    assert_eq!(fake.asked().len(), count);
}

#[test]
fn a_server_that_fails_decides_nothing() {
    for (answer, expected) in [
        (ignorant as Answer, "does not have the codes of"),
        (broken, "status 500"),
        (refusing, "status 404"),
        (html, "no JSON"),
        (endless, "reading was stopped"),
    ] {
        let cache = folder();
        let fake = Fake::start(answer);
        let why = verdict(&judge(&validator(&fake.url, cache.path()), "in")).unwrap_err();
        assert!(why.contains(expected), "{expected} in {why}");
        let again = validator(&fake.url, cache.path());
        let count = fake.asked().len();
        assert!(verdict(&judge(&again, "in")).is_err());
        assert!(fake.asked().len() > count, "what is undecided is not kept");
    }
}

#[test]
fn a_server_that_keeps_failing_is_left_alone() {
    let cache = folder();
    let fake = Fake::start(broken);
    let validator = validator(&fake.url, cache.path());
    for code in ["a", "b", "c", "d", "e"] {
        assert!(verdict(&judge(&validator, code)).is_err());
    }
    assert_eq!(fake.asked().len(), 3);
    let nobody = self::validator("http://127.0.0.1:1", cache.path());
    assert!(
        verdict(&judge(&nobody, "a"))
            .unwrap_err()
            .contains("cannot be reached")
    );
}

#[test]
fn it_can_be_asked_from_within_a_runtime() {
    let cache = folder();
    let fake = Fake::start(knowing);
    let runtime = Runtime::new().expect("a runtime");
    let judged = runtime.block_on(async {
        // Made, asked and dropped here.
        let validator = validator(&fake.url, cache.path());
        verdict(&judge(&validator, "in"))
    });
    assert_eq!(judged, Ok(true));
}

#[test]
fn without_a_server_it_stays_open() {
    let validator = Validator::new(Definitions::embedded().with_package(package()));
    assert!(verdict(&judge(&validator, "in")).is_err());
}

#[test]
fn credentials_in_the_url_are_refused_and_not_shown() {
    let refused = Server::new("http://me:secret@h/fhir", folder().path().to_owned());
    let message = refused.expect_err("refused").to_string();
    assert!(
        message.contains("user name or password") && !message.contains("secret"),
        "{message}"
    );
    for bad in ["h/fhir", "ftp://h/", "http://h/?a=b"] {
        assert!(
            Server::new(bad, folder().path().to_owned()).is_err(),
            "{bad}"
        );
    }
}
