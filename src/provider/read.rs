//! Read (FHIR R4 http, read): one resource by id, with its version and time.

use axum::http::header;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;

use super::ask::Ask;
use super::outcome::Refusal;
use super::reply::Reply;
use super::server::Provider;

pub(super) fn answer(
    provider: &Provider,
    ask: &Ask,
    resource_type: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let stored = provider
        .store
        .get(resource_type, id)
        .ok_or_else(|| Refusal::not_found(format!("{resource_type}/{id} is not known")))?;
    let etag = etag(stored);
    if unchanged(ask, &etag) {
        return Ok(Reply::not_modified().with_header(header::ETAG, etag));
    }
    let mut resource = stored.clone();
    provider.faults.show_read(&mut resource);
    let reply = Reply::resource(resource).with_header(header::ETAG, etag);
    Ok(match last_modified(stored) {
        Some(time) => reply.with_header(header::LAST_MODIFIED, time),
        None => reply,
    })
}

/// The version as a weak entity tag: `W/"3"`.
fn etag(resource: &Value) -> String {
    let version = meta(resource, "versionId").unwrap_or("1");
    format!("W/\"{version}\"")
}

/// `meta.lastUpdated` as HTTP writes dates.
fn last_modified(resource: &Value) -> Option<String> {
    let time: Timestamp = meta(resource, "lastUpdated")?.parse().ok()?;
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .ok()
}

fn meta<'r>(resource: &'r Value, name: &str) -> Option<&'r str> {
    resource.get("meta")?.get(name)?.as_str()
}

/// True where the client says that it has this version. Tags are compared weakly (RFC 9110, 13.1.2).
fn unchanged(ask: &Ask, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    ask.header(&header::IF_NONE_MATCH).is_some_and(|tags| {
        tags.split(',')
            .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
    })
}
