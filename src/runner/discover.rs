//! What the target offers, and the patients to test with.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use crate::auth::Notation;
use crate::check::Answer;
use crate::config::{DeclaredCapabilities, DeclaredType, PatientKey, RunConfig};
use crate::http::{Client, Identity, Request};
use crate::plan::{Access, declared_capabilities};
use crate::pool::{is_id, key};
use crate::search;

use super::authorize;
use super::send::{self, search_url};

/// Types that are looked for where the target declares nothing usable.
const PROBED: &[&str] = &[
    "AllergyIntolerance",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Immunization",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Organization",
    "Practitioner",
];
/// Bytes of a probe's answer that are read.
const PROBE: u64 = 64 * 1024;
/// Patients that are used where the user names none.
const FOUND_PATIENTS: usize = 3;

/// What was found out before the plan is made.
#[derive(Debug, Clone, Default)]
pub struct Discovered {
    pub capabilities: DeclaredCapabilities,
    /// Ids of the patients to test with.
    pub patients: Vec<String>,
    /// Software name and version.
    pub software: Option<String>,
    /// Stamps for the report.
    pub notes: Vec<String>,
    /// Whether and how the run is let in.
    pub access: Access,
    /// The notation in which scopes were granted.
    pub notation: Option<Notation>,
}

pub(super) async fn discover(client: &Client, config: &RunConfig) -> Discovered {
    let mut discovered = Discovered::default();
    let has_client = !config.authorization.clients.is_empty();
    // Open to all, as IPA has it; where not, it is asked for once more with a token.
    let first = if has_client {
        Identity::Anonymous
    } else {
        Identity::Run
    };
    let mut read = metadata(client, first).await;
    let known = read.as_ref().ok().and_then(declared_capabilities);
    let known = config.capabilities.as_ref().or(known.as_ref());
    let authorized = authorize::authorize(client, config, known).await;
    discovered.notes.extend(authorized.notes);
    discovered.access = authorized.access;
    discovered.notation = authorized.notation;
    if has_client && read.is_err() && discovered.access.problem.is_none() {
        read = metadata(client, Identity::Run).await;
    }
    let statement = read.as_ref().ok();
    discovered.software = statement.and_then(software);
    patients(client, config, &mut discovered).await;
    let declared = statement.and_then(declared_capabilities);
    discovered.capabilities = match (&config.capabilities, declared) {
        (Some(replaced), declared) => {
            discovered.notes.push(
                "The server's declaration was replaced by [capabilities] of the settings file."
                    .to_owned(),
            );
            DeclaredCapabilities {
                statement: declared.and_then(|declared| declared.statement),
                ..replaced.clone()
            }
        }
        (None, Some(declared)) => declared,
        (None, None) => {
            let why = read
                .err()
                .unwrap_or_else(|| "it declares no resource type".to_owned());
            discovered.notes.push(if client.has_answered() {
                format!("The server has no usable CapabilityStatement ({why}); the types it serves were looked for one by one.")
            } else {
                format!("The server did not answer: {why}.")
            });
            probe(client, discovered.patients.first()).await
        }
    };
    discovered
}

/// The CapabilityStatement, or why there is none.
async fn metadata(client: &Client, identity: Identity) -> Result<Value, String> {
    let url = client.base().join("metadata");
    let url = url.map_err(|problem| problem.to_string())?;
    let request = Request {
        identity,
        ..Request::get(url)
    };
    let exchanged = client.send(request).await;
    let response = exchanged
        .response
        .as_ref()
        .map_err(|failure| failure.message.clone())?;
    if response.status != 200 {
        return Err(format!("status {}", response.status));
    }
    let body = response.json()?;
    if body["resourceType"] != "CapabilityStatement" {
        return Err("metadata brought something else".to_owned());
    }
    Ok((**body).clone())
}

fn software(statement: &Value) -> Option<String> {
    let name = statement["software"]["name"].as_str()?;
    Some(match statement["software"]["version"].as_str() {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    })
}

/// The configured patients that exist; without any, the first few that a bounded search finds.
async fn patients(client: &Client, config: &RunConfig, discovered: &mut Discovered) {
    for key in &config.patients {
        match key {
            PatientKey::Id(id) => discovered.patients.push(id.clone()),
            PatientKey::Identifier { system, value } => {
                let token = format!("{system}|{value}");
                let has_it = |patient: &Value| has_identifier(patient, system, value);
                let ids = search_patients(client, &[("identifier", &token)], has_it).await;
                if ids.is_empty() {
                    discovered
                        .notes
                        .push(format!("No patient with the identifier {token} was found."));
                }
                discovered.patients.extend(ids);
            }
        }
    }
    if config.patients.is_empty() {
        discovered.patients = search_patients(client, &[("_count", "5")], |_| true).await;
        discovered.patients.truncate(FOUND_PATIENTS);
        if discovered.patients.is_empty() && client.has_answered() {
            discovered.notes.push(
                "No patient was found by a search without parameters; name two with --patient."
                    .to_owned(),
            );
        }
    }
}

/// A server that drops the parameter returns people whom nobody asked for.
fn has_identifier(patient: &Value, system: &str, value: &str) -> bool {
    let mut identifiers = patient["identifier"].as_array().into_iter().flatten();
    identifiers.any(|identifier| identifier["system"] == system && identifier["value"] == value)
}

/// Ids of the patients on the first page that are as wanted.
async fn search_patients(
    client: &Client,
    query: &[(&str, &str)],
    is_wanted: impl Fn(&Value) -> bool,
) -> Vec<String> {
    let Some(url) = search_url(client.base(), "Patient", query) else {
        return Vec::new();
    };
    let answer = send::first_page(client, Request::get(url), "Patient").await;
    let mut ids: Vec<String> = Vec::new();
    let wanted = answer.matches().filter(|patient| is_wanted(patient));
    for (_, id) in wanted.filter_map(key) {
        if is_id(&id) && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Asks for one entry of each type; a type that answers with a Bundle is served.
async fn probe(client: &Client, patient: Option<&String>) -> DeclaredCapabilities {
    let mut types = BTreeMap::from([("Patient".to_owned(), served(&["_id", "identifier"]))]);
    for kind in PROBED {
        let mut query = vec![("_count", "1")];
        let by_patient = search::find(kind, "patient").map(|parameter| parameter.name);
        if let (Some(name), Some(patient)) = (by_patient, patient) {
            query.push((name, patient));
        }
        let Some(url) = search_url(client.base(), kind, &query) else {
            continue;
        };
        if is_bundle(&probe_answer(client, url).await) {
            types.insert((*kind).to_owned(), served(by_patient.as_slice()));
        }
    }
    DeclaredCapabilities {
        types,
        guessed: true,
        ..DeclaredCapabilities::default()
    }
}

async fn probe_answer(client: &Client, url: Url) -> Answer {
    let mut request = Request::get(url);
    request.max_body = Some(PROBE);
    send::first_page(client, request, "").await
}

fn is_bundle(answer: &Answer) -> bool {
    // A long answer is cut and then no JSON; that it began as one is enough.
    answer.response().is_some_and(|response| {
        response.status == 200
            && (answer.bundles().next().is_some()
                || String::from_utf8_lossy(&response.body).contains("\"Bundle\""))
    })
}

fn served(parameters: &[&str]) -> DeclaredType {
    DeclaredType {
        interactions: vec!["read".to_owned(), "search-type".to_owned()],
        search_parameters: parameters.iter().map(|name| (*name).to_owned()).collect(),
        ..DeclaredType::default()
    }
}
