//! The embedded provider over HTTP: each rule of FHIR's REST API that the suite relies on.

use std::collections::BTreeSet;

use fhir_assay::definition::Definitions;
use fhir_assay::profile::Validator;
use fhir_assay::provider::{FaultSet, Provider, ProviderOptions, RunningProvider};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// Type → how many of it a sample patient has at least.
const CLINICAL: [&str; 9] = [
    "AllergyIntolerance",
    "Condition",
    "DiagnosticReport",
    "Encounter",
    "Immunization",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
];

struct Server {
    provider: RunningProvider,
    client: Client,
}

/// A response, read to the end.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap_or(""))
    }

    /// Checks that this is an error, told by an OperationOutcome.
    fn assert_outcome(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.json()["resourceType"], "OperationOutcome");
        assert_eq!(self.json()["issue"][0]["severity"], "error");
        assert_eq!(
            self.header("content-type"),
            "application/fhir+json; charset=utf-8"
        );
    }
}

impl Server {
    async fn start() -> Self {
        Self::with(FaultSet::default()).await
    }

    async fn with(faults: FaultSet) -> Self {
        let options = ProviderOptions {
            faults,
            ..ProviderOptions::default()
        };
        Self {
            provider: Provider::start(options).await.expect("provider"),
            client: Client::new(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}/{path}", self.provider.base_url())
        };
        self.client.request(method, url)
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.expect("response");
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.expect("body"),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        self.send(request).await
    }

    /// `Type/id` of the matches on the first page.
    async fn found(&self, path: &str) -> BTreeSet<String> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        matches(&answer.json()).into_iter().collect()
    }

    /// `Type/id` of the matches on all pages, in order.
    async fn pages(&self, path: &str) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(url) = next {
            let bundle = self.get(&url).await.json();
            pages.push(matches(&bundle));
            next = link(&bundle, "next");
            assert!(pages.len() < 100, "paging does not end");
        }
        pages
    }
}

fn matches(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries
        .iter()
        .filter(|entry| entry["search"]["mode"] == "match")
        .map(|entry| name(&entry["resource"]))
        .collect()
}

fn name(resource: &Value) -> String {
    let member = |name: &str| resource[name].as_str().unwrap_or("?").to_owned();
    format!("{}/{}", member("resourceType"), member("id"))
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    bundle["link"]
        .as_array()?
        .iter()
        .find(|link| link["relation"] == relation)?["url"]
        .as_str()
        .map(str::to_owned)
}

#[tokio::test]
async fn the_capability_statement_declares_the_actor() {
    let server = Server::start().await;
    let answer = server.get("metadata").await;
    assert_eq!(answer.status, 200);
    let statement = answer.json();
    assert_eq!(statement["resourceType"], "CapabilityStatement");
    assert_eq!(statement["fhirVersion"], "4.0.1");
    assert_eq!(
        statement["implementation"]["url"],
        server.provider.base_url()
    );
    assert_eq!(
        statement["instantiates"][0],
        "http://hl7.eu/fhir/health-data-api/CapabilityStatement/EEHRxF-ResourceAccessProvider"
    );
    let types = statement["rest"][0]["resource"].as_array().expect("types");
    for name in CLINICAL {
        let declared = types.iter().find(|one| one["type"] == name).expect(name);
        let parameters = declared["searchParam"].as_array().expect("parameters");
        assert!(
            parameters.iter().any(|one| one["name"] == "patient"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn each_patient_has_every_type_and_some_searches_need_pages() {
    let server = Server::start().await;
    let patients = server.provider.patients();
    assert!(patients.len() >= 4);
    for id in patients {
        for resource_type in CLINICAL {
            let found = server.found(&format!("{resource_type}?patient={id}")).await;
            assert!(found.len() >= 3, "{resource_type} of {id}");
        }
        let pages = server.pages(&format!("Observation?patient={id}")).await;
        assert!(pages.len() >= 2, "Observation of {id} on one page");
    }
}

#[tokio::test]
async fn a_read_tells_version_and_time() {
    let server = Server::start().await;
    let answer = server.get("Patient/pt-maria").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "application/fhir+json; charset=utf-8"
    );
    assert_eq!(answer.header("etag"), "W/\"2\"");
    assert!(answer.header("last-modified").ends_with(" GMT"));
    assert_eq!(answer.json()["meta"]["versionId"], "2");

    for (tag, status) in [
        ("W/\"2\"", 304),
        ("\"2\"", 304),
        ("*", 304),
        ("W/\"1\", W/\"2\"", 304),
        ("W/\"1\"", 200),
    ] {
        let request = server
            .request(Method::GET, "Patient/pt-maria")
            .header("if-none-match", tag);
        assert_eq!(server.send(request).await.status, status, "{tag}");
    }

    let head = server
        .send(server.request(Method::HEAD, "Patient/pt-maria"))
        .await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("etag"), "W/\"2\"");
}

#[tokio::test]
async fn a_searchset_is_complete() {
    let server = Server::start().await;
    let base = server.provider.base_url();
    let bundle = server
        .get("Condition?patient=pt-maria&flavour=sweet&_format=json")
        .await
        .json();
    assert_eq!(bundle["type"], "searchset");
    assert_eq!(bundle["total"], 4);
    assert_eq!(
        link(&bundle, "self").expect("self"),
        format!("{base}/Condition?patient=pt-maria"),
        "only what was used"
    );
    let (warning, matches) = bundle["entry"]
        .as_array()
        .and_then(|entries| entries.split_last())
        .expect("entries");
    assert_eq!(warning["search"]["mode"], "outcome", "of what was ignored");
    assert_eq!(warning["resource"]["issue"][0]["severity"], "warning");
    for entry in matches {
        assert_eq!(
            entry["fullUrl"],
            format!("{base}/{}", name(&entry["resource"]))
        );
        assert_eq!(entry["search"]["mode"], "match");
        assert_eq!(
            entry["resource"]["subject"]["reference"],
            "Patient/pt-maria"
        );
        let read = server.get(&name(&entry["resource"])).await.json();
        assert_eq!(read, entry["resource"]);
    }
    let empty = server.get("Condition?patient=nobody").await;
    assert_eq!(empty.status, 200);
    assert_eq!(empty.json()["total"], 0);
    assert!(empty.json().get("entry").is_none());
}

#[tokio::test]
async fn pages_hold_each_match_once() {
    let server = Server::start().await;
    for count in [1, 3, 13, 14, 15] {
        let path = format!("Observation?patient=de-bjoern&_count={count}");
        let pages = server.pages(&path).await;
        assert!(pages.iter().all(|page| page.len() <= count));
        let all: Vec<&String> = pages.iter().flatten().collect();
        let once: BTreeSet<&String> = all.iter().copied().collect();
        assert_eq!((all.len(), once.len()), (14, 14), "{count}");
    }
    let none = server
        .get("Observation?patient=de-bjoern&_count=0")
        .await
        .json();
    assert_eq!(
        (&none["total"], link(&none, "next")),
        (&Value::from(14), None)
    );

    let first = server
        .get("Observation?patient=de-bjoern&_count=5")
        .await
        .json();
    let second = server
        .get(&link(&first, "next").expect("next"))
        .await
        .json();
    let again = server
        .get(&link(&second, "self").expect("self"))
        .await
        .json();
    assert_eq!(second, again, "a self link repeats its page");
}

#[tokio::test]
async fn post_and_get_find_the_same() {
    let server = Server::start().await;
    let get = server
        .get("Condition?patient=nl-jelle&clinical-status=active")
        .await;
    for (path, form) in [
        (
            "Condition/_search",
            "patient=nl-jelle&clinical-status=active",
        ),
        (
            "Condition/_search?patient=nl-jelle",
            "clinical-status=active",
        ),
    ] {
        let post = server.post(path, form).await;
        assert_eq!(matches(&post.json()), matches(&get.json()), "{path}");
        assert!(!matches(&post.json()).is_empty());
    }
    let json = server
        .request(Method::POST, "Condition/_search")
        .json_body("{}");
    server.send(json).await.assert_outcome(415);
    let long = format!("patient={}", "a".repeat(70_000));
    server
        .post("Condition/_search", &long)
        .await
        .assert_outcome(413);
}

trait JsonBody {
    fn json_body(self, text: &str) -> Self;
}

impl JsonBody for RequestBuilder {
    fn json_body(self, text: &str) -> Self {
        self.header("content-type", "application/json")
            .body(text.to_owned())
    }
}

#[tokio::test]
async fn searches_find_what_they_should() {
    let server = Server::start().await;
    let table: [(&str, &[&str]); 12] = [
        ("Patient?_id=fr-amelie", &["Patient/fr-amelie"]),
        (
            "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C999990019",
            &["Patient/nl-jelle"],
        ),
        (
            "Patient?identifier=395012784",
            &["Patient/nl-jelle", "Patient/pt-maria"],
        ),
        (
            "Patient?identifier=urn:oid:2.16.17.710.790.1000.990.1|395012784",
            &["Patient/pt-maria"],
        ),
        ("Patient?identifier=C%5C%7C200%5C,7", &["Patient/pt-maria"]),
        (
            "Patient?family=goncalves&active=true",
            &["Patient/pt-maria"],
        ),
        ("Patient?birthdate=1950", &["Patient/de-bjoern"]),
        ("Patient?birthdate:missing=true", &["Patient/nl-jelle"]),
        (
            "Condition?patient.identifier=http://hl7.it/sid/codiceFiscale|BNCLSN02B29D548X&category=encounter-diagnosis",
            &["Condition/it-condition-2", "Condition/it-condition-3"],
        ),
        (
            "Encounter?patient=Patient/de-bjoern&date=ge2021-06-29&date=le2021-06-30",
            &["Encounter/de-encounter-2"],
        ),
        (
            "Observation?patient=fr-amelie&date=2022-06-28T21:59:59Z",
            &["Observation/fr-observation-05"],
        ),
        (
            "Immunization?patient=it-alessandro&status=not-done",
            &["Immunization/it-immunization-3"],
        ),
    ];
    for (path, expected) in table {
        let expected: BTreeSet<String> = expected.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(server.found(path).await, expected, "{path}");
    }
    let absolute = format!(
        "Condition?patient={}/Patient/pt-maria",
        server.provider.base_url()
    );
    assert_eq!(server.found(&absolute).await.len(), 4);
}

#[tokio::test]
async fn includes_stand_beside_the_matches() {
    let server = Server::start().await;
    let bundle = server
        .get("MedicationRequest?patient=pt-maria&_include=MedicationRequest:medication")
        .await
        .json();
    let included: Vec<String> = bundle["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["search"]["mode"] == "include")
        .map(|entry| name(&entry["resource"]))
        .collect();
    assert_eq!(
        included,
        ["Medication/atorvastatin-20", "Medication/ramipril-5"]
    );
    assert_eq!(bundle["total"], 4, "includes do not count");
}

#[tokio::test]
async fn what_is_not_served_is_refused_with_an_outcome() {
    let server = Server::start().await;
    let refused = [
        ("Patient", 400),
        ("Patient?_count=5", 400),
        ("Patient?flavour=sweet", 400),
        ("Condition", 400),
        ("Condition?clinical-status=active", 400),
        ("Condition?patient:missing=false", 400),
        ("Condition?patient=", 400),
        ("Condition?patient=pt-maria&code:text=x", 400),
        ("Encounter?patient=pt-maria&date=yesterday", 400),
        ("Condition?patient=pt-maria&_count=many", 400),
        ("Condition?patient=pt-maria&_count=-1", 400),
        ("Condition?patient=pt-maria&_page=7", 400),
        (
            "Condition?patient=pt-maria&_include=Condition:encounter",
            400,
        ),
        ("Patient/no-such-id", 404),
        ("Appointment", 404),
        ("Appointment/1", 404),
        ("Patient/pt-maria/_history", 404),
        ("Practitioner", 405),
        ("Patient/pt-maria?_format=html", 406),
        ("Patient?_format=application/pdf", 406),
        ("", 404),
    ];
    for (path, status) in refused {
        server.get(path).await.assert_outcome(status);
    }
    let outside = server.provider.base_url().replace("/fhir", "/other");
    server.get(&outside).await.assert_outcome(404);
}

#[tokio::test]
async fn unknown_parameters_are_ignored_unless_the_client_is_strict() {
    let server = Server::start().await;
    let path = "Condition?patient=pt-maria&flavour=sweet";
    assert_eq!(server.found(path).await.len(), 4);
    for (prefer, status) in [
        ("handling=strict", 400),
        ("return=minimal; handling=strict", 400),
        ("handling=lenient", 200),
    ] {
        let request = server.request(Method::GET, path).header("prefer", prefer);
        assert_eq!(server.send(request).await.status, status, "{prefer}");
    }
}

#[tokio::test]
async fn accept_is_honoured() {
    let server = Server::start().await;
    let (json, xml) = (
        "application/fhir+json; charset=utf-8",
        "application/fhir+xml; charset=utf-8",
    );
    for (accept, status, media_type) in [
        ("application/fhir+json", 200, json),
        ("application/fhir+xml, application/json;q=0.5", 200, xml),
        ("*/*", 200, json),
        ("application/fhir+xml", 200, xml),
        ("text/html", 406, json),
        ("application/fhir+json; fhirVersion=5.0", 406, json),
    ] {
        for path in ["Patient/pt-maria", "Condition?patient=pt-maria", "metadata"] {
            let request = server.request(Method::GET, path).header("accept", accept);
            let answer = server.send(request).await;
            assert_eq!(answer.status, status, "{path} {accept}");
            assert_eq!(answer.header("content-type"), media_type, "{path} {accept}");
        }
    }
    let format = server
        .request(
            Method::GET,
            "Patient/pt-maria?_format=application/fhir+json",
        )
        .header("accept", "text/html");
    assert_eq!(server.send(format).await.status, 200, "_format overrides");
}

#[tokio::test]
async fn writes_are_refused() {
    let server = Server::start().await;
    for (method, path) in [
        (Method::POST, "Condition"),
        (Method::PUT, "Condition/pt-condition-1"),
        (Method::PATCH, "Condition/pt-condition-1"),
        (Method::DELETE, "Condition/pt-condition-1"),
        (Method::POST, ""),
        (Method::DELETE, "metadata"),
    ] {
        let request = server.request(method.clone(), path).json_body("{}");
        server.send(request).await.assert_outcome(405);
    }
    assert_eq!(server.get("Condition/pt-condition-1").await.status, 200);
}

#[tokio::test]
async fn an_instance_ends_when_it_is_dropped() {
    let server = Server::start().await;
    let other = Server::start().await;
    let address = server.provider.address();
    assert_eq!(server.get("metadata").await.status, 200);
    drop(server);
    let mut refused = false;
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            refused = true;
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(refused, "the socket is still open");
    assert_eq!(other.get("metadata").await.status, 200, "others go on");

    let taken = ProviderOptions {
        port: other.provider.address().port(),
        ..ProviderOptions::default()
    };
    assert!(Provider::start(taken).await.is_err(), "the port is taken");
}

#[tokio::test]
async fn every_reference_of_the_sample_data_resolves() {
    let server = Server::start().await;
    let patients = server.provider.patients();
    let mut pending: Vec<String> = patients.iter().map(|id| format!("Patient/{id}")).collect();
    for patient in patients {
        for resource_type in CLINICAL {
            pending.extend(
                server
                    .found(&format!("{resource_type}?patient={patient}&_count=100"))
                    .await,
            );
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(reference) = pending.pop() {
        if !seen.insert(reference.clone()) {
            continue;
        }
        let answer = server.get(&reference).await;
        assert_eq!(answer.status, 200, "{reference}");
        references(&answer.json(), &mut pending);
    }
    assert!(seen.len() > 200);
}

#[tokio::test]
async fn whatever_the_server_says_is_valid() {
    let server = Server::start().await;
    let validator = Validator::new(Definitions::embedded());
    for path in [
        "metadata",
        "Patient/nobody",
        "Condition",
        "Encounter?patient=pt-maria",
        "Encounter?patient=pt-maria&_count=2",
        "Encounter?patient=nobody",
        "MedicationRequest?patient=pt-maria&_include=MedicationRequest:medication",
    ] {
        let validation = validator.validate(&server.get(path).await.json(), &[]);
        assert!(validation.is_valid(), "{path}: {:#?}", validation.issues);
    }
}

/// Collects the literal references that leave the resource.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            found.extend(
                members
                    .get("reference")
                    .and_then(Value::as_str)
                    .filter(|reference| !reference.starts_with('#'))
                    .map(str::to_owned),
            );
            members
                .values()
                .for_each(|member| references(member, found));
        }
        _ => {}
    }
}

/// Pseudo-random, so that a failure repeats.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % 1_000_003).unwrap_or_default()
    }
}

#[tokio::test]
async fn no_query_string_brings_the_server_down() {
    let server = Server::start().await;
    let pieces = [
        "patient",
        "=",
        "&",
        "pt-maria",
        "date",
        "ge",
        "2020-01-01T",
        "T24:99",
        "%00",
        "%ff",
        "%C3%A9",
        ":",
        ".",
        "|",
        "%5C",
        ",",
        "_count",
        "18446744073709551615",
        "-1",
        "code",
        "not",
        "identifier",
        "_page",
        "ZnJvbTo5OTk5OTk5OTk5",
        "_include",
        "+",
        "%",
        "%2",
        "missing",
        "true",
        "9999-12-31",
        "0000",
        "/",
        "http://",
        "#",
        "_lastUpdated",
        "12:00-14:00",
        "ap",
    ];
    let mut noise = Noise(42);
    for _ in 0..400 {
        let length = 1 + noise.next() % 12;
        let query: String = (0..length)
            .map(|_| pieces[noise.next() % pieces.len()])
            .collect();
        let resource_type = CLINICAL[noise.next() % CLINICAL.len()];
        let Ok(url) = reqwest::Url::parse(&format!(
            "{}/{resource_type}?patient=pt-maria&{query}",
            server.provider.base_url()
        )) else {
            continue;
        };
        let answer = server.get(url.as_str()).await;
        assert!(
            [200, 400, 406].contains(&answer.status),
            "{query}: {}",
            answer.status
        );
        assert!(answer.json().is_object(), "{query}");
    }
}

#[tokio::test]
async fn pages_in_xml_lead_to_pages_in_xml() {
    let server = Server::start().await;
    let request = server.request(
        Method::GET,
        "Condition?patient=pt-maria&_count=1&_format=xml",
    );
    let answer = server.send(request).await;
    let bundle = fhir_assay::xml::read_value(&answer.text).expect("FHIR XML");
    let next = bundle["link"][1]["url"].as_str().expect("a next page");
    assert!(next.contains("_format=xml"), "{next}");
}

#[tokio::test]
async fn a_read_is_conditional_by_version_and_by_time() {
    let server = Server::start().await;
    let read = || server.request(Method::GET, "Patient/pt-maria");
    let first = server.send(read()).await;
    let (etag, time) = (first.header("etag"), first.header("last-modified"));
    for (headers, status) in [
        (vec![("if-none-match", etag)], 304),
        (vec![("if-none-match", "W/\"x\"")], 200),
        (vec![("if-modified-since", time)], 304),
        (
            vec![("if-modified-since", "Thu, 01 Jan 1970 00:00:01 GMT")],
            200,
        ),
        (vec![("if-modified-since", "yesterday")], 200),
        (
            vec![("if-none-match", "W/\"x\""), ("if-modified-since", time)],
            200,
        ),
    ] {
        let request = headers.iter().fold(read(), |request, (name, value)| {
            request.header(*name, *value)
        });
        let answer = server.send(request).await;
        assert_eq!(answer.status, status, "{headers:?}");
        assert_eq!(answer.header("etag"), etag, "{headers:?}");
    }
}
