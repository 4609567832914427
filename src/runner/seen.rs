//! Answers that were given before, as a step can judge them again.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::check::{Answer, Paging, Searched, id_in_reference, status_allows};
use crate::http::Exchanged;
use crate::pool::{Pool, is_id};
use crate::suite::{Answers, Asked};

/// An answer, and what was asked for and shown, in the form of a resource.
pub(super) struct Seen {
    pub(super) title: String,
    pub(super) answer: Answer,
    pub(super) asked: Arc<Value>,
}

/// The answers of the pool that a step judges, in the order in which they were asked for.
pub(super) fn select<'p>(
    pool: &'p Pool,
    wanted: &'p Answers,
    base: &'p Url,
) -> impl Iterator<Item = Seen> + 'p {
    let pages = later_pages(pool);
    pool.answers()
        .filter(move |exchanged| !pages.contains(exchanged.request.url.as_str()))
        .filter_map(move |exchanged| seen(exchanged, base, wanted))
}

/// Where the pages after the first are: they are judged with the search that they belong to.
fn later_pages(pool: &Pool) -> BTreeSet<String> {
    let bodies = pool.answers().filter_map(|exchanged| {
        let response = exchanged.response.as_ref().ok()?;
        response.json().ok()
    });
    let links = bodies.flat_map(|body| body["link"].as_array()).flatten();
    links
        .filter(|link| link["relation"] == "next")
        .filter_map(|link| link["url"].as_str().map(str::to_owned))
        .collect()
}

fn seen(exchanged: &Arc<Exchanged>, base: &Url, wanted: &Answers) -> Option<Seen> {
    let response = exchanged.response.as_ref().ok()?;
    let status = wanted.status.as_ref();
    if response.is_cut || status.is_some_and(|rule| !status_allows(rule, response.status)) {
        return None;
    }
    let (kind, asked, searched) = match request(exchanged, base)? {
        Request::Read { resource_type, id } => {
            (Some(Asked::Read), read(&resource_type, &id, response), None)
        }
        Request::Search(searched) => (Some(Asked::Search), search(&searched), Some(searched)),
        Request::Other => (None, Value::Null, None),
    };
    let by = wanted.by.as_ref();
    let is_wanted = wanted.to.is_none_or(|to| kind == Some(to))
        && by.is_none_or(|name| has(searched.as_ref(), &name.value));
    is_wanted.then(|| Seen {
        title: format!("{} {}", exchanged.request.method, exchanged.request.url),
        answer: Answer {
            exchanges: vec![Arc::clone(exchanged)],
            searched,
            paging: Paging::FirstOnly,
        },
        asked: Arc::new(asked),
    })
}

fn has(searched: Option<&Searched>, name: &str) -> bool {
    searched.is_some_and(|searched| searched.parameters.iter().any(|(found, _)| found == name))
}

/// What a request asked for, as its URL says (FHIR R4 http).
enum Request {
    Read { resource_type: String, id: String },
    Search(Searched),
    Other,
}

/// `None` where the request left the base URL, such as for a token, or wanted no body.
fn request(exchanged: &Exchanged, base: &Url) -> Option<Request> {
    if matches!(exchanged.request.method.as_str(), "HEAD" | "OPTIONS") {
        return None;
    }
    let url = Url::parse(&exchanged.request.url).ok()?;
    let below = url.as_str().strip_prefix(base.as_str())?;
    let path = below.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split('/');
    let is_type = |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase());
    let post = exchanged.request.method == "POST";
    Some(match (parts.next(), parts.next(), parts.next()) {
        (Some(name), id, None)
            if is_type(name) && (id == Some("_search") || !post && id.is_none()) =>
        {
            Request::Search(searched(name, &url, exchanged))
        }
        // What is read there comes in a media type of its own (FHIR R4 binary).
        (Some("Binary"), Some(_), None) => Request::Other,
        (Some(name), Some(id), None) if is_type(name) && is_id(id) && !post => Request::Read {
            resource_type: name.to_owned(),
            id: id.to_owned(),
        },
        _ => Request::Other,
    })
}

fn searched(resource_type: &str, url: &Url, exchanged: &Exchanged) -> Searched {
    let body = exchanged.request.body.as_ref();
    let form = body
        .and_then(|body| body.text.as_deref())
        .unwrap_or_default();
    let parameters = url
        .query_pairs()
        .chain(form_urlencoded::parse(form.as_bytes()));
    Searched {
        resource_type: resource_type.to_owned(),
        parameters: parameters
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
    }
}

/// Type and id as asked for, version and time as shown.
fn read(resource_type: &str, id: &str, response: &crate::http::Response) -> Value {
    let shown = response.json().map(|body| body["meta"].clone());
    json!({ "resourceType": resource_type, "id": id, "meta": shown.unwrap_or_default() })
}

/// Type and patient as asked for.
fn search(searched: &Searched) -> Value {
    let patients = searched
        .parameters
        .iter()
        .filter(|(name, _)| name == "patient");
    let patient = patients.map(|(_, value)| value.as_str()).next();
    let id = patient.map(|value| id_in_reference(value).unwrap_or(value));
    let reference = id
        .filter(|id| is_id(id))
        .map(|id| json!({ "reference": format!("Patient/{id}") }));
    json!({ "resourceType": searched.resource_type, "subject": reference, "patient": reference })
}
