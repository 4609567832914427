//! Our evaluation of searches beside the answers of a real server, over queries that are made from its
//! own data. Runs where `FHIR_ASSAY_SEARCH_PEER` names the base URL of a server without authorization
//! that holds sample data:
//!
//! ```sh
//! FHIR_ASSAY_SEARCH_PEER=http://127.0.0.1:8080 cargo test --test search_peer -- --nocapture
//! ```
//!
//! It prints how many queries agree, and the others in groups: each group has to be explained by a rule
//! of FHIR R4. Nothing is asserted of the server but that it can be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fhir_assay::search::{
    Context, Form, Kind, Match, Parameter, Query, Resolver, derive_all, parameters,
};
use serde_json::Value;

/// The types that are searched by patient.
const TYPES: [&str; 9] = [
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
/// Queries of one parameter and form for one type at most, so that no kind of query outweighs others.
const OF_A_KIND: usize = 20;
/// Names of differing records that are printed of a group.
const SHOWN: usize = 3;
const PREFIXES: [&str; 9] = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"];

type Records = BTreeMap<(String, String), Value>;

struct Known(Records);

impl Resolver for Known {
    fn resolve(&self, reference: &str) -> Option<&Value> {
        let (kind, id) = reference.split_once('/')?;
        self.0.get(&(kind.to_owned(), id.to_owned()))
    }
}

struct Asked {
    kind: &'static str,
    /// Parameter, form and prefix, for grouping.
    group: String,
    parameters: Vec<(String, String)>,
}

#[tokio::test]
async fn a_real_server_finds_what_we_find() {
    let Ok(base) = std::env::var("FHIR_ASSAY_SEARCH_PEER") else {
        println!("skipped: FHIR_ASSAY_SEARCH_PEER names no server");
        return;
    };
    let base = base.trim_end_matches('/').to_owned();
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(60))
        .build()
        .expect("a client");
    let known = Known(everything(&client, &base).await);
    let queries = queries(&known.0);
    println!("{} records, {} queries", known.0.len(), queries.len());
    let (mut agreed, mut refused) = (0, 0);
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for asked in &queries {
        let Some(found) = search(&client, &base, asked.kind, &asked.parameters).await else {
            refused += 1;
            continue;
        };
        let differences = differences(asked, &found, &known, &base);
        if differences.is_empty() {
            agreed += 1;
        }
        for (how, record) in differences {
            let query: Vec<String> = asked
                .parameters
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let line = format!("{}?{} {record}", asked.kind, query.join("&"));
            groups
                .entry(format!("{how}: {}", asked.group))
                .or_default()
                .push(line);
        }
    }
    println!("{agreed} agree, {refused} were refused");
    for (group, lines) in groups {
        println!("{} × {group}", lines.len());
        for line in lines.iter().take(SHOWN) {
            println!("    {line}");
        }
    }
}

/// What must be found and was not, and what must not and was.
fn differences(
    asked: &Asked,
    found: &BTreeSet<String>,
    known: &Known,
    base: &str,
) -> Vec<(&'static str, String)> {
    let query = Query::parse(asked.kind, &asked.parameters).expect("a query of our own");
    let context = Context::new(base, known);
    let of_type = known.0.iter().filter(|((kind, _), _)| kind == asked.kind);
    of_type
        .filter_map(|((_, id), resource)| {
            let verdict = query.matches(resource, &context);
            match (verdict, found.contains(id)) {
                (Match::Must, false) => Some(("missing", id.clone())),
                (Match::MustNot, true) => Some(("too much", id.clone())),
                _ => None,
            }
        })
        .collect()
}

/// Every value of every record for every parameter, in every form that fits.
fn queries(records: &Records) -> Vec<Asked> {
    let mut made = Vec::new();
    for kind in TYPES {
        let of_type: Vec<&Value> = records
            .iter()
            .filter(|((found, _), _)| found == kind)
            .map(|(_, resource)| resource)
            .collect();
        for parameter in parameters(kind) {
            for form in forms(parameter.kind()) {
                let values: BTreeSet<String> = of_type
                    .iter()
                    .flat_map(|resource| derive_all(kind, parameter.name, resource, *form))
                    .collect();
                // Spread over all values, in their order.
                let step = values.len().div_ceil(OF_A_KIND).max(1);
                for value in values.iter().step_by(step) {
                    made.extend(asked(kind, parameter, *form, value));
                }
            }
        }
    }
    made
}

fn forms(kind: Kind) -> &'static [Form] {
    match kind {
        Kind::Token => &[Form::Token, Form::Code, Form::System, Form::NoSystem],
        Kind::Reference => &[Form::Reference, Form::Id],
        Kind::Date => &[Form::Date, Form::Day, Form::Month, Form::Year],
        Kind::String => &[Form::String, Form::Start, Form::Folded, Form::Upper],
        Kind::Uri => &[Form::Uri],
    }
}

fn asked(kind: &'static str, parameter: &Parameter, form: Form, value: &str) -> Vec<Asked> {
    let prefixes: &[&str] = match parameter.kind() {
        Kind::Date => &PREFIXES,
        _ => &[""],
    };
    prefixes
        .iter()
        .map(|prefix| Asked {
            kind,
            group: format!("{kind}.{} {form:?} {prefix}", parameter.name),
            parameters: vec![(parameter.name.to_owned(), format!("{prefix}{value}"))],
        })
        .collect()
}

/// All records of the types, and of Patient, over all pages.
async fn everything(client: &reqwest::Client, base: &str) -> Records {
    let mut records = Records::new();
    for kind in TYPES.into_iter().chain(["Patient"]) {
        let mut next = Some(format!("{base}/{kind}?_count=200"));
        while let Some(url) = next.take() {
            let bundle = get(client, &url).await.expect("a searchset");
            for entry in bundle["entry"].as_array().into_iter().flatten() {
                let resource = entry["resource"].clone();
                let id = resource["id"].as_str().expect("an id").to_owned();
                records.insert((kind.to_owned(), id), resource);
            }
            next = next_link(&bundle);
        }
    }
    records
}

/// The ids that a search finds; `None` where it is refused.
async fn search(
    client: &reqwest::Client,
    base: &str,
    kind: &str,
    parameters: &[(String, String)],
) -> Option<BTreeSet<String>> {
    let mut url = reqwest::Url::parse(&format!("{base}/{kind}")).expect("a URL");
    url.query_pairs_mut()
        .extend_pairs(parameters)
        .append_pair("_count", "200");
    let mut found = BTreeSet::new();
    let mut next = Some(url.to_string());
    while let Some(url) = next.take() {
        let bundle = get(client, &url).await?;
        let entries = bundle["entry"].as_array().into_iter().flatten();
        let matches = entries.filter(|entry| entry["search"]["mode"] != "outcome");
        found.extend(
            matches.filter_map(|entry| entry["resource"]["id"].as_str().map(str::to_owned)),
        );
        next = next_link(&bundle);
    }
    Some(found)
}

async fn get(client: &reqwest::Client, url: &str) -> Option<Value> {
    let response = client.get(url).send().await.expect("an answer");
    let is_success = response.status().is_success();
    let text = response.text().await.expect("a body");
    is_success.then(|| serde_json::from_str(&text).expect("JSON"))
}

fn next_link(bundle: &Value) -> Option<String> {
    let links = bundle["link"].as_array()?;
    let next = links.iter().find(|link| link["relation"] == "next")?;
    next["url"].as_str().map(str::to_owned)
}
