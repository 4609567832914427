//! Documents are judged, kept as long as the instance runs, and withdrawn.

use axum::http::header;
use serde_json::{Value, json};

use super::rules::judge;
use super::submission::Submission;
use crate::provider::api::documents;
use crate::provider::instance::Provider;
use crate::provider::model::{Refusal, Reply, Slip};

/// Documents that an instance keeps at most, and the bytes of them all.
const MOST: usize = 200;
const MOST_BYTES: usize = 64 << 20;
/// What ids of documents that were handed in begin with.
const PREFIX: &str = "submitted-";

/// Takes a document in.
pub(in crate::provider) fn take(provider: &Provider, body: &Value) -> Result<Reply, Refusal> {
    let store = provider.store();
    let submission = Submission::new(body, &store);
    judge(&provider.faults, &submission)?;
    let kept = store.all("DocumentReference").filter(|one| {
        let id = one["id"].as_str().unwrap_or_default();
        id.starts_with(PREFIX)
    });
    let kept: Vec<usize> = kept
        .filter_map(|one| one["content"][0]["attachment"]["size"].as_u64())
        .filter_map(|size| usize::try_from(size).ok())
        .collect();
    let size = submission.data.as_ref().map_or(0, Vec::len);
    if kept.len() >= MOST || kept.iter().sum::<usize>() + size > MOST_BYTES {
        return Err(Refusal::too_long(
            "this instance keeps no more documents: delete some, or start it anew",
        ));
    }
    let id = format!("{PREFIX}{}", provider.next_number());
    let (mut reference, content) = submission.parts(&provider.faults, &id);
    let location = format!("{}/DocumentReference/{id}/_history/1", provider.base);
    if !provider.faults.slips(Slip::Forgets) {
        let new = std::iter::once(reference.clone()).chain(content);
        provider.change(|store| {
            for resource in new {
                // It has a type and an id.
                let _ = store.put(resource);
            }
        });
    }
    documents::with_address(&provider.base, &mut reference);
    let reply = Reply {
        status: 201,
        ..Reply::resource(reference)
    };
    Ok(reply
        .with_header(header::LOCATION, location)
        .with_header(header::ETAG, "W/\"1\""))
}

/// Judges a document without taking it in (`DocumentReference/$validate`).
pub(in crate::provider) fn validate(provider: &Provider, body: &Value) -> Result<Reply, Refusal> {
    let store = provider.store();
    // The operation takes the resource itself, or Parameters with it.
    let wrapped = body["parameter"].as_array().into_iter().flatten();
    let resource = wrapped
        .filter(|parameter| parameter["name"] == "resource")
        .map(|parameter| &parameter["resource"])
        .next()
        .unwrap_or(body);
    let verdict = judge(&provider.faults, &Submission::new(resource, &store));
    if verdict.is_ok() && provider.faults.slips(Slip::KeepsJudged) {
        take(provider, resource)?;
    }
    Ok(Reply::resource(match verdict {
        Err(refusal) => refusal.outcome(),
        Ok(()) => json!({
            "resourceType": "OperationOutcome",
            "issue": [{ "severity": "information", "code": "informational", "diagnostics": "this would be taken" }],
        }),
    }))
}

/// Deletes a document that was handed in; those of the sample data stay.
pub(in crate::provider) fn withdraw(provider: &Provider, id: &str) -> Result<Reply, Refusal> {
    let store = provider.store();
    if store.get("DocumentReference", id).is_none() {
        return Err(Refusal::not_found(format!(
            "DocumentReference/{id} is not known"
        )));
    }
    if !id.starts_with(PREFIX) {
        return Err(Refusal::method(
            "GET, HEAD",
            "only what was handed in can be deleted",
        ));
    }
    provider.change(|store| {
        for kind in ["DocumentReference", "Bundle", "Binary"] {
            store.remove(kind, id);
        }
    });
    Ok(Reply::no_content())
}
