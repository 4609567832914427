//! Fills the evidence pool before any test draws from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::Value;

use crate::check::{Answer, Paging};
use crate::http::{Client, Request};
use crate::pool::{Pool, Resolution, key};
use crate::search;

use super::discover::Discovered;
use super::request::search_url;
use super::send;

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
    let patients = join_all(
        discovered
            .patients
            .iter()
            .map(|id| read(client, "Patient", id)),
    )
    .await;
    for answer in &patients {
        add_body(&mut pool, answer);
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
    let found = join_all(searches.map(|(kind, patient)| by_patient(client, kind, patient))).await;
    for (kind, answers) in found {
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
    let url = client.base().join(&format!("{kind}/{id}")).ok()?;
    Some(send::once(client, Request::get(url)).await)
}

fn add_body(pool: &mut Pool, answer: &Option<Answer>) {
    if let Some(answer) = answer
        && answer
            .response()
            .is_some_and(|response| response.status == 200)
        && let Ok(body) = answer.body()
    {
        pool.add(body);
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
        for resource in answer.entries().filter_map(|entry| entry.get("resource")) {
            pool.add(&Arc::new(resource.clone()));
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
        for (kind, id) in references(resource, &base) {
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
            let some: Vec<_> = unknown.into_iter().take(FOLLOWED).collect();
            let answers = join_all(some.iter().map(|id| read(client, &kind, id))).await;
            for (id, answer) in some.iter().zip(&answers) {
                add_body(pool, answer);
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
            (401 | 403, _) => Resolution::Unchecked(format!("status {}", response.status)),
            (status, _) => Resolution::Missing(format!("status {status}")),
        },
    }
}

/// Type and id of every reference to the target's own resources.
pub(super) fn references(resource: &Value, base: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(resource, base, &mut found);
    found
}

fn collect(value: &Value, base: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "reference" => {
                        found.extend(local(reference, base))
                    }
                    _ => collect(member, base, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, base, found)),
        _ => {}
    }
}

/// `Type/id` of a relative reference, or of an absolute one below the base.
fn local(reference: &str, base: &str) -> Option<(String, String)> {
    let path = match reference.strip_prefix(base) {
        Some(rest) => rest.strip_prefix('/')?,
        None if reference.contains(':') => return None,
        None => reference,
    };
    let mut parts = path.split('/');
    let (kind, id) = (parts.next()?, parts.next()?);
    let is_type = kind.starts_with(|first: char| first.is_ascii_uppercase())
        && kind.chars().all(char::is_alphanumeric);
    let is_id = !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    (is_type && is_id).then(|| (kind.to_owned(), id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_references_to_the_target_count() {
        let base = "http://h/fhir";
        for (reference, expected) in [
            ("Patient/1", Some(("Patient", "1"))),
            ("Patient/1/_history/2", Some(("Patient", "1"))),
            ("http://h/fhir/Patient/1", Some(("Patient", "1"))),
            ("http://h/fhirx/Patient/1", None),
            ("http://other/Patient/1", None),
            ("urn:uuid:1", None),
            ("#contained", None),
            ("Patient/../secrets", None),
            ("../x/y", None),
        ] {
            let found = local(reference, base);
            assert_eq!(
                found,
                expected.map(|(kind, id)| (kind.to_owned(), id.to_owned())),
                "{reference}"
            );
        }
    }
}
