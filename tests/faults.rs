//! Each fault breaks the behaviour it names: a probe that a sound provider and the faulty one answer
//! differently, and how the faulty one does.

use std::collections::BTreeSet;

use fhir_assay::provider::{Fault, FaultSet, Provider, ProviderOptions, RunningProvider};
use reqwest::{Client, Method};
use serde_json::Value;

/// Fault, request, what is looked at, and what the faulty provider shows there.
///
/// A request is a path below the base, with `POST ` before it for a form that is what stands after
/// `?`, `STRICT ` for strict handling, `XML ` to accept only that. Looked at are `status`, `header [name]`, `matches` (type and id of each entry), `pages`
/// (entries on each page), `json` (true for a body that can be read), or a JSON pointer.
#[rustfmt::skip]
const PROBES: &[(&str, &str, &str, &str)] = &[
    ("search-without-patient-returns-all", "Condition?_count=0", "/total", "20"),
    ("lists-patients", "Patient?_count=0", "/total", "6"),
    ("drops-seed-resource", "Condition?patient=pt-maria&clinical-status=active", "matches", "Condition/pt-condition-2"),
    ("search-finds-nothing", "Condition?patient=pt-maria", "/total", "0"),
    ("leaks-foreign-patient", "Encounter?patient=pt-maria&status=planned", "matches", "Encounter/pt-encounter-4 Encounter/de-encounter-1"),
    ("mixes-types", "Encounter?patient=pt-maria&status=planned", "matches", "Encounter/pt-encounter-4 Patient/pt-maria"),
    ("post-search-other-patient", "POST Encounter/_search?patient=pt-maria&status=planned", "matches", "Encounter/de-encounter-1"),
    ("typed-reference-other-patient", "Encounter?patient=Patient/pt-maria&status=planned", "matches", "Encounter/de-encounter-1"),
    ("empty-result-falls-back-to-all", "Condition?patient=nobody", "/total", "20"),
    ("date-comparison-finds-nothing", "Encounter?patient=pt-maria&date=ge2000", "/total", "0"),
    ("date-prefix-ignored", "Encounter?patient=pt-maria&date=ge2000", "/total", "0"),
    ("date-offset-ignored", "Immunization?patient=de-bjoern&date=2020-10-14T10:15:00%2B02:00", "/total", "0"),
    ("date-time-ignored", "Immunization?patient=de-bjoern&date=2020-10-14T01:00:00Z", "/total", "1"),
    ("ignores-identifier-system", "Patient?identifier=urn:oid:2.16.17.710.790.1000.990.1|395012784", "/total", "2"),
    ("ignores-token-system", "Condition?patient=pt-maria&code=http://loinc.org|I10", "/total", "1"),
    ("ignores-filters", "Condition?patient=pt-maria&code=I10", "/total", "4"),
    ("ignores-id-parameter", "Patient?_id=pt-maria&gender=female", "/total", "3"),
    ("or-uses-first-alternative", "Patient?_id=fr-amelie,pt-maria", "matches", "Patient/fr-amelie"),
    ("and-uses-last-repetition", "Patient?_id=fr-amelie&_id=pt-maria", "matches", "Patient/pt-maria"),
    ("string-search-needs-whole-value", "Patient?family=goncalves", "/total", "0"),
    ("modifiers-ignored", "Condition?patient=pt-maria&code:text=I10", "status", "200"),
    ("pages-overlap", "Encounter?patient=pt-maria&_count=2", "pages", "2 3"),
    ("pages-lose-entry", "Encounter?patient=pt-maria&_count=2", "pages", "2 1"),
    ("pages-never-end", "Encounter?patient=pt-maria&_count=2", "pages", "2 2 2 2 2 and on"),
    ("next-link-missing", "Encounter?patient=pt-maria&_count=2", "pages", "2"),
    ("next-link-elsewhere", "Encounter?patient=pt-maria&_count=2", "/link/1/url", "http://internal.invalid:8080/fhir?page=2"),
    ("page-repeats-entry", "Patient?_id=pt-maria", "matches", "Patient/pt-maria Patient/pt-maria"),
    ("count-ignored", "Encounter?patient=pt-maria&_count=2", "pages", "4"),
    ("bundle-type-collection", "Patient?_id=pt-maria", "/type", "collection"),
    ("self-link-missing", "Patient?_id=pt-maria", "/link", ""),
    ("self-link-without-parameters", "Patient?_id=pt-maria", "/link/0/url", "{base}/Patient"),
    ("full-url-wrong", "Patient?_id=pt-maria", "/entry/0/fullUrl", "{base}/Patient/pt-maria-1"),
    ("full-url-missing", "Patient?_id=pt-maria", "/entry/0/fullUrl", ""),
    ("search-mode-missing", "Patient?_id=pt-maria", "/entry/0/search/mode", ""),
    ("search-mode-include", "Patient?_id=pt-maria", "/entry/0/search/mode", "include"),
    ("total-wrong", "Patient?_id=pt-maria", "/total", "2"),
    ("total-of-page", "Encounter?patient=pt-maria&_count=3", "/total", "3"),
    ("read-differs-from-search", "Immunization/pt-immunization-1", "/identifier/0/value", ""),
    ("read-returns-other-id", "Patient/pt-maria", "/id", "pt-maria-1"),
    ("dangling-references", "Condition/pt-condition-1", "/recorder/reference", "Practitioner/pt-magalhaes-gone"),
    ("reference-of-wrong-type", "Condition/pt-condition-1", "/recorder/reference", "Patient/pt-maria"),
    ("reference-without-target", "Condition/pt-condition-1", "/subject/reference", ""),
    ("profile-violation-mandatory-missing", "Condition/pt-condition-1", "/code/coding/0/code", ""),
    ("profile-violation-birth-date-missing", "Patient/pt-maria", "/birthDate", ""),
    ("profile-violation-birth-date-missing", "Patient/nl-jelle", "/_birthDate/extension/0/valueCode", ""),
    ("profile-violation-identifier-without-value", "Patient/pt-maria", "/identifier/0/value", ""),
    ("profile-violation-local-code", "Encounter/pt-encounter-1", "/status", "x-done"),
    ("profile-violation-local-code", "Condition/pt-condition-1", "/clinicalStatus/coding/0/code", "x-open"),
    ("profile-violation-local-date", "Patient/pt-maria", "/birthDate", "14.01.2013"),
    ("profile-violation-list-flattened", "Patient/pt-maria", "/name/family", "Gonçalves Araújo"),
    ("profile-violation-unknown-member", "Patient/pt-maria", "/internalId", "4711"),
    ("profile-violation-null-members", "Patient/pt-maria", "/language", "null"),
    ("profile-violation-number-as-text", "Observation/pt-observation-03", "/valueQuantity/value", "\"75.5\""),
    ("profile-violation-invariant", "Patient/pt-maria", "/contained/0/id", "lost"),
    ("capability-actor-missing", "metadata", "/instantiates/0", ""),
    ("capability-version-wrong", "metadata", "/fhirVersion", "5.0.0"),
    ("capability-format-missing", "metadata", "/format/0", "application/fhir+xml"),
    ("capability-kind-requirements", "metadata", "/kind", "requirements"),
    ("capability-software-missing", "metadata", "/software/name", ""),
    ("capability-rest-missing", "metadata", "/rest/0/mode", ""),
    ("capability-security-missing", "metadata", "/rest/0/security/cors", ""),
    ("capability-patient-missing", "metadata", "/rest/0/resource/0/type", "AllergyIntolerance"),
    ("capability-patient-parameter-missing", "metadata", "/rest/0/resource/1/searchParam/0/name", "clinical-status"),
    ("capability-identifier-parameter-missing", "metadata", "/rest/0/resource/0/searchParam/0/name", "family"),
    ("capability-read-missing", "metadata", "/rest/0/resource/0/interaction/0/code", "search-type"),
    ("capability-search-missing", "metadata", "/rest/0/resource/0/interaction/1/code", ""),
    ("capability-profile-missing", "metadata", "/rest/0/resource/0/supportedProfile/0", ""),
    ("capability-parameter-type-wrong", "metadata", "/rest/0/resource/0/searchParam/4/type", "string"),
    ("capability-unavailable", "metadata", "status", "404"),
    ("unknown-id-is-200-empty", "Patient/nobody", "status", "200"),
    ("unknown-id-is-html-500", "Patient/nobody", "header content-type", "text/html; charset=utf-8"),
    ("unknown-id-is-200-bundle", "Patient/nobody", "/resourceType", "Bundle"),
    ("wrong-content-type", "Patient/pt-maria", "header content-type", "text/plain"),
    ("wrong-charset", "Patient/pt-maria", "header content-type", "application/fhir+json; charset=iso-8859-1"),
    ("accept-ignored", "Patient/pt-maria?_format=xml", "status", "200"),
    ("etag-missing", "Patient/pt-maria", "header etag", ""),
    ("etag-wrong", "Patient/pt-maria", "header etag", "W/\"9999\""),
    ("last-modified-missing", "Patient/pt-maria", "header last-modified", ""),
    ("error-without-outcome", "Patient/nobody", "/resourceType", ""),
    ("error-as-plain-json", "Patient/nobody", "/resourceType", ""),
    ("error-is-200", "Patient/nobody", "status", "200"),
    ("error-is-500", "Patient/nobody", "status", "500"),
    ("empty-result-is-404", "Condition?patient=nobody", "status", "404"),
    ("search-is-html", "Patient?_id=pt-maria", "header content-type", "text/html; charset=utf-8"),
    ("truncated-json", "Patient?_id=pt-maria", "json", "false"),
    ("strict-handling-ignored", "STRICT Patient?_id=pt-maria&flavour=sweet", "status", "200"),
    ("empty-patient-returns-all", "Condition?patient=&_count=0", "/total", "20"),
    ("patient-modifier-returns-all", "Condition?patient:missing=false&_count=0", "/total", "20"),
    ("chain-ignored", "Condition?patient.identifier=x&_count=0", "/total", "20"),
    ("reference-type-ignored", "Condition?patient=Practitioner/pt-maria", "/total", "4"),
    ("date-bounds-exclusive", "MedicationRequest?patient=pt-maria&authoredon=ge2022-07-03&authoredon=le2022-07-03", "/total", "0"),
    ("date-bounds-inclusive", "MedicationRequest?patient=pt-maria&authoredon=gt2022-07-03&authoredon=lt2022-07-04", "/total", "1"),
    ("birth-date-off-by-a-day", "Patient?birthdate=1978-05-14", "/total", "0"),
    ("malformed-values-ignored", "Encounter?patient=pt-maria&date=yesterday", "/total", "4"),
    ("unknown-parameter-refused", "Patient?_id=pt-maria&flavour=sweet", "status", "400"),
    ("count-zero-ignored", "Encounter?patient=pt-maria&_count=0", "pages", "4"),
    ("dangling-references-but-some", "Condition/pt-condition-2", "/asserter/reference", "Practitioner/pt-magalhaes-gone"),
    ("dangling-patient-references", "Condition/pt-condition-1", "/subject/reference", "Patient/pt-maria-gone"),
    ("meta-missing", "Patient/pt-maria", "/meta/versionId", ""),
    ("capability-demographics-missing", "metadata", "/rest/0/resource/0/searchParam/1/name", "name"),
    ("capability-category-parameter-missing", "metadata", "/rest/0/resource/2/searchParam/3/name", "code"),
    ("capability-supporting-missing", "metadata", "/rest/0/resource/11/type", ""),
    ("capability-declares-writes", "metadata", "/rest/0/resource/0/interaction/2/code", "create"),
    ("capability-client-mode", "metadata", "/rest/0/mode", "client"),
    ("accept-too-strict", "Patient/pt-maria", "status", "406"),
    ("format-parameter-ignored", "XML Patient/pt-maria?_format=json", "status", "406"),
    ("post-search-unsupported", "POST Patient/_search?_id=pt-maria", "status", "405"),
    ("type-case-ignored", "patient?_id=pt-maria", "/total", "1"),
    ("unknown-type-is-200", "Appointment/1", "status", "200"),
];

struct Server {
    provider: RunningProvider,
    client: Client,
}

impl Server {
    async fn start(faults: FaultSet) -> Self {
        let options = ProviderOptions {
            faults,
            ..ProviderOptions::default()
        };
        Self {
            provider: Provider::start(options).await.expect("provider"),
            client: Client::new(),
        }
    }

    async fn look(&self, request: &str, view: &str) -> String {
        let base = self.provider.base_url();
        let seen = if view == "pages" {
            self.pages(request).await
        } else {
            self.look_once(request, view).await
        };
        seen.replace(base, "{base}")
    }

    async fn look_once(&self, request: &str, view: &str) -> String {
        let base = self.provider.base_url();
        let request = if let Some(post) = request.strip_prefix("POST ") {
            let (path, form) = post.split_once('?').expect("form");
            self.client
                .request(Method::POST, format!("{base}/{path}"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned())
        } else if let Some(path) = request.strip_prefix("STRICT ") {
            self.client
                .get(format!("{base}/{path}"))
                .header("prefer", "handling=strict")
        } else if let Some(path) = request.strip_prefix("XML ") {
            self.client
                .get(format!("{base}/{path}"))
                .header("accept", "application/fhir+xml")
        } else {
            self.client.get(format!("{base}/{request}"))
        };
        let response = request.send().await.expect("response");
        if view == "status" {
            return response.status().as_u16().to_string();
        }
        if let Some(name) = view.strip_prefix("header ") {
            let value = response.headers().get(name);
            return value
                .map_or("", |value| value.to_str().unwrap_or(""))
                .to_owned();
        }
        let body: Option<Value> = serde_json::from_str(&response.text().await.expect("body")).ok();
        match view {
            "json" => body.is_some().to_string(),
            "matches" => names(&body.unwrap_or_default()).join(" "),
            pointer => show(body.unwrap_or_default().pointer(pointer)),
        }
    }

    async fn pages(&self, request: &str) -> String {
        let mut next = Some(format!("{}/{request}", self.provider.base_url()));
        let mut sizes = Vec::new();
        while let Some(url) = next {
            if sizes.len() == 5 {
                sizes.push("and on".to_owned());
                break;
            }
            let response = self.client.get(&url).send().await.expect("response");
            let page: Value =
                serde_json::from_str(&response.text().await.expect("body")).expect("json");
            sizes.push(names(&page).len().to_string());
            next = page["link"]
                .as_array()
                .and_then(|links| links.iter().find(|link| link["relation"] == "next"))
                .and_then(|link| link["url"].as_str())
                .map(str::to_owned);
        }
        sizes.join(" ")
    }
}

/// A value as text; numbers in quotes are told from numbers.
fn show(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) if text.parse::<f64>().is_ok() => format!("\"{text}\""),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn names(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries
        .iter()
        .map(|entry| {
            let member = |name: &str| entry["resource"][name].as_str().unwrap_or("?").to_owned();
            format!("{}/{}", member("resourceType"), member("id"))
        })
        .collect()
}

#[tokio::test]
async fn each_fault_breaks_what_it_names() {
    let sound = Server::start(FaultSet::default()).await;
    let mut wrong = Vec::new();
    for (fault, request, view, expected) in PROBES {
        let faulty = Server::start(fault.parse().expect(fault)).await;
        let (shown, otherwise) = (
            faulty.look(request, view).await,
            sound.look(request, view).await,
        );
        if shown != *expected || shown == otherwise {
            wrong.push(format!(
                "{fault}: expected {expected:?}, found {shown:?}; sound: {otherwise:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_fault_has_a_probe() {
    let probed: BTreeSet<&str> = PROBES.iter().map(|(fault, ..)| *fault).collect();
    let all: BTreeSet<&str> = Fault::all().map(Fault::name).collect();
    assert_eq!(probed, all);
}

#[tokio::test]
async fn faults_of_one_instance_leave_others_sound() {
    let fault = Fault::by_name("search-without-patient-returns-all").expect("fault");
    let faulty = Server::start(FaultSet::from(fault)).await;
    let sound = Server::start(FaultSet::default()).await;
    assert_eq!(faulty.look("Condition?_count=0", "status").await, "200");
    assert_eq!(sound.look("Condition?_count=0", "status").await, "400");
}

#[tokio::test]
async fn faults_add_up() {
    let both = FaultSet::of(["total-wrong", "bundle-type-collection"]).expect("faults");
    assert_eq!(both.names().count(), 2);
    let server = Server::start(both).await;
    assert_eq!(server.look("Patient?_id=pt-maria", "/total").await, "2");
    assert_eq!(
        server.look("Patient?_id=pt-maria", "/type").await,
        "collection"
    );
}
