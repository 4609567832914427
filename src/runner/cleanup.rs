//! What the run's own writes left on the target is deleted again, and what cannot be is named.

use std::collections::BTreeSet;

use url::Url;

use crate::auth::{Right, Rights};
use crate::check::Answer;
use crate::http::{Client, Exchanged, Request, Response};
use crate::pool::is_id;

use super::{identity, send};

/// The identifier system that every record sent by a test that writes has.
const MARK: &str = "urn:fhir-assay:write";

/// Deletes what these exchanges created. Returns the notes about what is left behind.
pub(super) async fn undo<'e>(
    client: &Client,
    exchanges: impl Iterator<Item = &'e Exchanged>,
) -> Vec<String> {
    let base = client.base();
    let created: BTreeSet<String> = exchanges
        .flat_map(created_by)
        .filter_map(|location| resource_url(base, &location))
        .collect();
    let mut notes = Vec::new();
    for url in created {
        let Ok(parsed) = Url::parse(&url) else {
            continue;
        };
        match is_own(client, &parsed).await {
            Some(true) => {}
            // Gone already, or never there.
            None => continue,
            Some(false) => {
                notes.push(format!(
                    "A test was told that it created {url}, which does not hold what the test sent: it was left alone; look at it by hand."
                ));
                continue;
            }
        }
        let status = delete(client, parsed, &url[base.as_str().len()..]).await;
        if !matches!(status, Some(200..=299 | 404 | 410)) {
            let why = status.map_or("no answer".to_owned(), |status| format!("status {status}"));
            notes.push(format!(
                "A test created {url}, and it could not be deleted again ({why}): delete it by hand."
            ));
        }
    }
    notes
}

/// Deletes a resource, if need be with a token that gives the right to. Returns the status of the answer.
async fn delete(client: &Client, url: Url, path: &str) -> Option<u16> {
    let request = Request {
        method: reqwest::Method::DELETE,
        fresh: true,
        ..Request::get(url)
    };
    let status = |answer: Answer| answer.response().map(|response| response.status);
    let first = status(send::once(client, request.clone()).await);
    if !matches!(first, Some(401 | 403)) {
        return first;
    }
    let right = Right {
        resource_type: path.split('/').next().unwrap_or_default().to_owned(),
        rights: Rights::Delete,
    };
    match identity::also(client, &right).await {
        Ok(identity) if identity != request.identity => status(
            send::once(
                client,
                Request {
                    identity,
                    ..request
                },
            )
            .await,
        ),
        _ => first,
    }
}

/// Whether what is there now was sent by a test that writes; `None` where nothing is there. A server
/// may name a record of somebody else, which must never be deleted.
async fn is_own(client: &Client, url: &Url) -> Option<bool> {
    let request = Request {
        fresh: true,
        ..Request::get(url.clone())
    };
    let answer = send::once(client, request).await;
    let response = answer.response();
    if response.is_some_and(|response| matches!(response.status, 404 | 410)) {
        return None;
    }
    let body = response
        .filter(|response| response.status == 200)
        .and_then(|response| response.json().ok());
    Some(body.is_some_and(|body| body.to_string().contains(MARK)))
}

/// Where an answer says that something was created (FHIR R4 http, create, update, batch).
fn created_by(exchanged: &Exchanged) -> Vec<String> {
    let Ok(response) = &exchanged.response else {
        return Vec::new();
    };
    if !(200..300).contains(&response.status) {
        return Vec::new();
    }
    let method = exchanged.request.method.as_str();
    let mut found = match method {
        "POST" => in_entries(response),
        "PUT" => vec![exchanged.request.url.clone()],
        _ => return Vec::new(),
    };
    found.extend(response.header("location").map(str::to_owned));
    // Without a Location the body may be what was created.
    if found.is_empty() && response.status == 201 {
        found.extend(in_body(response));
    }
    found
}

fn in_entries(response: &Response) -> Vec<String> {
    let Ok(bundle) = response.json() else {
        return Vec::new();
    };
    let entries = bundle["entry"].as_array().into_iter().flatten();
    entries
        .filter_map(|entry| entry["response"]["location"].as_str())
        .map(str::to_owned)
        .collect()
}

fn in_body(response: &Response) -> Option<String> {
    let body = response.json().ok()?;
    Some(format!(
        "{}/{}",
        body["resourceType"].as_str()?,
        body["id"].as_str()?
    ))
}

/// `Type/id` below the base URL, without a version; nothing else is ever deleted.
fn resource_url(base: &Url, location: &str) -> Option<String> {
    let url = base.join(location).ok()?;
    let below = url.as_str().strip_prefix(base.as_str())?;
    let mut parts = below.split('/');
    let (kind, id) = (parts.next()?, parts.next()?);
    let is_type = kind.starts_with(|first: char| first.is_ascii_uppercase())
        && kind.chars().all(|c| c.is_ascii_alphanumeric());
    (is_type && is_id(id)).then(|| format!("{base}{kind}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_resource_of_the_target_is_deleted() {
        let base = Url::parse("http://h/fhir/").expect("a URL");
        for (location, expected) in [
            (
                "Observation/1/_history/1",
                Some("http://h/fhir/Observation/1"),
            ),
            (
                "http://h/fhir/Observation/1",
                Some("http://h/fhir/Observation/1"),
            ),
            ("http://h/fhir/Observation?code=1", None),
            ("http://h/fhir/", None),
            ("http://other/fhir/Observation/1", None),
            ("http://h/fhir/../Observation/1", None),
            ("Observation/1?x=y", None),
        ] {
            assert_eq!(
                resource_url(&base, location).as_deref(),
                expected,
                "{location}"
            );
        }
    }
}
