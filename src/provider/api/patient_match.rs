//! `Patient/$match` (IHE PDQm, ITI-119; FHIR R4 operation patient-match): who is meant by these
//! demographics, and how sure that is.

use serde_json::{Map, Value, json};

use crate::provider::instance::Provider;
use crate::provider::model::{Refusal, Reply};
use crate::provider::store::Store;
use crate::search::{Context, Match, Query};

const GRADE: &str = "http://hl7.org/fhir/StructureDefinition/match-grade";
/// The share of what was asked that has to agree.
const PROBABLE: f64 = 0.7;
const POSSIBLE: f64 = 0.2;

/// How a value to compare is taken from a Patient.
type Taken = fn(&Value) -> Option<String>;

/// What is compared: search parameter, how much it counts, and where the value stands.
const COMPARED: [(&str, f64, Taken); 5] = [
    ("identifier", 4.0, identifier),
    ("family", 2.0, |patient| text(&patient["name"][0]["family"])),
    ("given", 1.0, |patient| {
        text(&patient["name"][0]["given"][0])
    }),
    ("birthdate", 2.0, |patient| text(&patient["birthDate"])),
    ("gender", 0.5, |patient| text(&patient["gender"])),
];

/// One patient who may be meant.
struct Candidate<'s> {
    patient: &'s Value,
    /// From 0 to 1.
    score: f64,
    has_identifier: bool,
}

pub(in crate::provider) fn answer(provider: &Provider, input: &Value) -> Result<Reply, Refusal> {
    let parameters = Parameters::read(input)?;
    let store = provider.store();
    let mut found = candidates(&provider.base, &store, parameters.patient);
    if parameters.only_certain {
        found.retain(Candidate::is_certain);
        // Several who are all certain are none.
        if found.len() > 1 {
            found.clear();
        }
    }
    found.truncate(parameters.count.unwrap_or(usize::MAX));
    let entries: Vec<Value> = found.iter().map(|one| entry(provider, one)).collect();
    let mut bundle =
        json!({ "resourceType": "Bundle", "type": "searchset", "total": entries.len() });
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    Ok(Reply::resource(bundle))
}

/// The input (PDQm, MatchParametersIn).
struct Parameters<'i> {
    patient: &'i Value,
    /// True where it is not said: the guide has every request ask so.
    only_certain: bool,
    count: Option<usize>,
}

impl<'i> Parameters<'i> {
    fn read(input: &'i Value) -> Result<Self, Refusal> {
        if input["resourceType"] != "Parameters" {
            return Err(Refusal::invalid("send a Parameters resource"));
        }
        let named = |name: &str| {
            let mut all = input["parameter"].as_array().into_iter().flatten();
            all.find(move |one| one["name"] == name)
        };
        let patient = named("resource")
            .map(|one| &one["resource"])
            .filter(|patient| patient["resourceType"] == "Patient")
            .ok_or_else(|| {
                Refusal::required("send the demographics as a Patient in the parameter 'resource'")
            })?;
        let count = named("count").map(|one| {
            let count = one["valueInteger"].as_u64();
            count.and_then(|count| usize::try_from(count).ok())
        });
        if count == Some(None) {
            return Err(Refusal::invalid("count must be a number from 0"));
        }
        Ok(Self {
            patient,
            only_certain: named("onlyCertainMatches")
                .is_none_or(|one| one["valueBoolean"] != Value::Bool(false)),
            count: count.flatten(),
        })
    }
}

impl Candidate<'_> {
    /// An identifier and nothing that speaks against it, or all demographics.
    fn is_certain(&self) -> bool {
        self.has_identifier && self.score > 0.99
    }

    fn grade(&self) -> &'static str {
        match self.score {
            _ if self.is_certain() => "certain",
            PROBABLE.. => "probable",
            _ => "possible",
        }
    }
}

/// Everybody of whom enough agrees, the likeliest first. Retired records are left out.
fn candidates<'s>(base: &str, store: &'s Store, asked: &Value) -> Vec<Candidate<'s>> {
    let criteria: Vec<(f64, bool, Query)> = COMPARED
        .iter()
        .filter_map(|(name, weight, value)| {
            let query = Query::parse("Patient", &[(*name, value(asked)?)]).ok()?;
            Some((*weight, *name == "identifier", query))
        })
        .collect();
    let all: f64 = criteria.iter().map(|(weight, _, _)| weight).sum();
    let context = Context::new(base, store).in_utc();
    let patients = store.all("Patient");
    let mut found: Vec<Candidate<'s>> = patients
        .filter(|patient| patient["active"] != Value::Bool(false))
        .map(|patient| {
            let agreeing: Vec<_> = criteria
                .iter()
                .filter(|(_, _, query)| query.matches(patient, &context) != Match::MustNot)
                .collect();
            Candidate {
                patient,
                score: agreeing.iter().map(|(weight, _, _)| weight).sum::<f64>() / all.max(1.0),
                has_identifier: agreeing.iter().any(|(_, is_identifier, _)| *is_identifier),
            }
        })
        .filter(|candidate| candidate.score >= POSSIBLE)
        .collect();
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    found
}

fn entry(provider: &Provider, candidate: &Candidate<'_>) -> Value {
    let id = candidate.patient["id"].as_str().unwrap_or_default();
    let mut patient = candidate.patient.clone();
    provider.faults.show(&mut patient);
    json!({
        "fullUrl": format!("{}/Patient/{id}", provider.base),
        "resource": patient,
        "search": {
            "extension": [{ "url": GRADE, "valueCode": candidate.grade() }],
            "mode": "match",
            "score": (candidate.score * 100.0).round() / 100.0,
        },
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(crate::search::escape)
}

/// The first identifier, as a token.
fn identifier(patient: &Value) -> Option<String> {
    let first: &Map<String, Value> = patient["identifier"][0].as_object()?;
    let value = text(first.get("value")?)?;
    match first.get("system").and_then(text) {
        Some(system) => Some(format!("{system}|{value}")),
        None => Some(value),
    }
}
