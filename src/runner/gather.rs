//! Fills the evidence pool before any test draws from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::check::{Answer, Paging};
use crate::http::{Client, Request};
use crate::pool::{Pool, Resolution, is_id, key, local_references};
use crate::search;

use super::discover::Discovered;
use super::send::{self, search_url};

/// Pages that are read of one search; more are sampled, and the report says so.
const PAGES: usize = 10;
/// References of one type that are followed.
const FOLLOWED: usize = 20;
/// A search that a server may demand instead of one by patient alone (QEDm, PCC-44).
const CATEGORIES: &[(&str, &[&str])] = &[
    (
        "Observation",
        &["laboratory", "vital-signs", "social-history"],
    ),
    ("DiagnosticReport", &["LAB", "RAD"]),
];

/// What gathering found beside resources.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    /// Resource type → why none of it could be gathered.
    problems: BTreeMap<String, String>,
    pub(super) notes: Vec<String>,
}

impl Gathered {
    /// Why nothing of this type could be gathered, where the target is to blame.
    pub(super) fn problem(&self, kind: &str) -> Option<&str> {
        self.problems.get(kind).map(String::as_str)
    }
}

/// Reads the patients, searches each declared type by patient, and follows references.
pub(super) async fn gather(client: &Client, discovered: &Discovered) -> (Pool, Gathered) {
    let mut pool = Pool::default();
    let mut gathered = Gathered::default();
    let reads = discovered
        .patients
        .iter()
        .map(|id| async move { (id, read(client, "Patient", id).await) });
    let mut patients = stream::iter(reads).buffered(client.jobs());
    while let Some((id, answer)) = patients.next().await {
        add_patient(&mut pool, &mut gathered, id, answer.as_ref());
    }
    let searches = discovered
        .capabilities
        .types
        .keys()
        .filter(|kind| kind.as_str() != "Patient" && search::find(kind, "patient").is_some())
        .flat_map(|kind| {
            discovered
                .patients
                .iter()
                .map(move |patient| (kind, patient))
        });
    let searches = searches.map(|(kind, patient)| by_patient(client, kind, patient));
    // In the order of the searches, whichever is answered first.
    let mut found = stream::iter(searches).buffered(client.jobs());
    while let Some((kind, answers)) = found.next().await {
        add_matches(&mut pool, &mut gathered, &kind, &answers);
    }
    follow(client, discovered, &mut pool, &mut gathered).await;
    if pool.left_out() > 0 {
        gathered.notes.push(format!(
            "{} resources were left out: the pool of evidence is full.",
            pool.left_out()
        ));
    }
    (pool, gathered)
}

async fn read(client: &Client, kind: &str, id: &str) -> Option<Answer> {
    if !is_id(id) {
        return None;
    }
    let url = client.base().join(&format!("{kind}/{id}")).ok()?;
    Some(send::once(client, Request::get(url)).await)
}

fn add_patient(pool: &mut Pool, gathered: &mut Gathered, id: &str, answer: Option<&Answer>) {
    if let Err(why) = add_body(pool, answer) {
        let note = format!("Patient/{id} cannot be tested with: {why}.");
        gathered.notes.push(note);
    }
}

/// Adds the resource that was read, or says why there is none.
fn add_body(pool: &mut Pool, answer: Option<&Answer>) -> Result<(), String> {
    let answer = answer.ok_or("it is no usable id")?;
    keep(pool, answer);
    if let Some(Err(failure)) = answer.exchanges.first().map(|first| &first.response) {
        return Err(failure.message.clone());
    }
    match answer.response().map(|response| response.status) {
        Some(200) => pool.add(answer.body()?),
        Some(status) => return Err(format!("the server answers its read with status {status}")),
        None => {}
    }
    Ok(())
}

fn keep(pool: &mut Pool, answer: &Answer) {
    for exchanged in &answer.exchanges {
        pool.keep(exchanged.retained());
    }
}

/// The complete search by patient; where the server refuses that, the searches by category.
async fn by_patient(client: &Client, kind: &str, patient: &str) -> (String, Vec<Answer>) {
    let mut answers = vec![all(client, kind, &[("patient", patient)]).await];
    let refused = answers[0]
        .response()
        .is_some_and(|response| (400..500).contains(&response.status));
    let categories = CATEGORIES.iter().find(|(name, _)| *name == kind);
    if let (true, Some((_, codes))) = (refused, categories) {
        for code in *codes {
            answers.push(all(client, kind, &[("patient", patient), ("category", code)]).await);
        }
    }
    (kind.to_owned(), answers)
}

async fn all(client: &Client, kind: &str, query: &[(&str, &str)]) -> Answer {
    match search_url(client.base(), kind, query) {
        Some(url) => send::all_pages(client, Request::get(url), kind, PAGES).await,
        None => Answer {
            exchanges: Vec::new(),
            searched: None,
            paging: Paging::Complete,
        },
    }
}

fn add_matches(pool: &mut Pool, gathered: &mut Gathered, kind: &str, answers: &[Answer]) {
    for answer in answers {
        keep(pool, answer);
        for entry in answer.entries() {
            add_entry(pool, entry);
        }
        for key in answer.match_keys() {
            pool.list(key);
        }
        if let Paging::TooMany(pages) = answer.paging {
            let note = format!(
                "Of {kind}, the first {pages} pages of a search were used; there are more."
            );
            if !gathered.notes.contains(&note) {
                gathered.notes.push(note);
            }
        }
    }
    if answers
        .iter()
        .all(|answer| answer.bundles().next().is_none())
    {
        let problem = answers.first().map_or_else(String::new, describe);
        gathered.problems.entry(kind.to_owned()).or_insert(problem);
    } else {
        gathered.problems.remove(kind);
    }
}

/// Adds an entry's resource. An address that is no URL is known within the Bundle alone.
fn add_entry(pool: &mut Pool, entry: &Value) {
    let Some(resource) = entry.get("resource") else {
        return;
    };
    if let (Some(urn), Some(kind)) = (
        entry["fullUrl"]
            .as_str()
            .filter(|url| url.starts_with("urn:")),
        resource["resourceType"].as_str(),
    ) {
        pool.resolve(urn.to_owned(), Resolution::Found(kind.to_owned()));
    }
    pool.add(&Arc::new(resource.clone()));
}

fn describe(answer: &Answer) -> String {
    let Some(exchanged) = answer.exchanges.first() else {
        return "no search could be made".to_owned();
    };
    let outcome = match &exchanged.response {
        Ok(response) => format!("status {} and no Bundle", response.status),
        Err(failure) => failure.message.clone(),
    };
    format!(
        "it needs a resource, and {} {} brought {outcome}",
        exchanged.request.method, exchanged.request.url
    )
}

/// Reads what the pool's resources refer to: some of each type that the target declares.
async fn follow(
    client: &Client,
    discovered: &Discovered,
    pool: &mut Pool,
    gathered: &mut Gathered,
) {
    let base = client.base().as_str().trim_end_matches('/').to_owned();
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for resource in pool.iter() {
        for (kind, id) in local_references(resource, &base) {
            wanted.entry(kind).or_default().insert(id);
        }
    }
    for (kind, ids) in wanted {
        let is_declared = discovered
            .capabilities
            .types
            .get(&kind)
            .is_some_and(|declared| declared.interactions.iter().any(|code| code == "read"));
        let (known, unknown): (Vec<_>, Vec<_>) = ids
            .into_iter()
            .partition(|id| pool.get(&kind, id).is_some());
        for id in known {
            pool.resolve(format!("{kind}/{id}"), Resolution::Found(kind.clone()));
        }
        for id in unknown.iter().skip(if is_declared { FOLLOWED } else { 0 }) {
            let why = if is_declared {
                format!("only {FOLLOWED} references to {kind} are followed")
            } else {
                format!("the target does not declare that {kind} can be read")
            };
            pool.resolve(format!("{kind}/{id}"), Resolution::Unchecked(why));
        }
        if is_declared {
            let kind = kind.as_str();
            let reads = unknown.into_iter().take(FOLLOWED);
            let reads = reads.map(|id| async move { (read(client, kind, &id).await, id) });
            let mut read = stream::iter(reads).buffered(client.jobs());
            while let Some((answer, id)) = read.next().await {
                // Why there is none, the resolution tells.
                let _ = add_body(pool, answer.as_ref());
                pool.resolve(format!("{kind}/{id}"), resolution(answer.as_ref()));
            }
        }
    }
    gathered.notes.sort();
}

fn resolution(answer: Option<&Answer>) -> Resolution {
    let Some(exchanged) = answer.and_then(|answer| answer.exchanges.first()) else {
        return Resolution::Unchecked("it is no usable URL".to_owned());
    };
    match &exchanged.response {
        Err(failure) => Resolution::Unchecked(failure.message.clone()),
        Ok(response) => match (response.status, response.json()) {
            (200, Ok(body)) => match key(body) {
                Some((kind, _)) => Resolution::Found(kind),
                None => Resolution::Missing("the answer is no resource".to_owned()),
            },
            (200, Err(problem)) => Resolution::Missing(problem.to_owned()),
            (401 | 403 | 429, _) => Resolution::Unchecked(format!("status {}", response.status)),
            (status, _) => Resolution::Missing(format!("status {status}")),
        },
    }
}
