//! Read (FHIR R4 http, read): one resource by id, with its version and time.

use axum::http::header;
use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};
use serde_json::Value;

use super::documents;
use crate::provider::instance::Provider;
use crate::provider::model::{Ask, Refusal, Reply};

pub(in crate::provider) fn answer(
    provider: &Provider,
    ask: &Ask,
    resource_type: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let store = provider.store();
    let stored = store
        .get(resource_type, id)
        .ok_or_else(|| Refusal::not_found(format!("{resource_type}/{id} is not known")))?;
    Ok(show(provider, ask, stored))
}

/// The version that a vread asks for: only the current one is kept.
pub(in crate::provider) fn version(
    provider: &Provider,
    ask: &Ask,
    resource_type: &str,
    id: &str,
    version: &str,
) -> Result<Reply, Refusal> {
    let store = provider.store();
    let stored = store.get(resource_type, id);
    let current = stored.filter(|stored| meta(stored, "versionId").unwrap_or("1") == version);
    match current {
        Some(stored) => Ok(show(provider, ask, stored)),
        None => Err(Refusal::not_found(format!(
            "{resource_type}/{id} has no version {version} here"
        ))),
    }
}

fn show(provider: &Provider, ask: &Ask, stored: &Value) -> Reply {
    let etag = etag(stored);
    let is_conditional = !provider.faults.is_unconditional(ask);
    let mut reply = if is_conditional && unchanged(ask, &etag, stored) {
        Reply::not_modified()
    } else {
        let mut resource = stored.clone();
        documents::with_address(&provider.base, &mut resource);
        provider.faults.show_read(&mut resource);
        Reply::resource(resource)
    };
    reply = reply.with_header(header::ETAG, etag);
    match last_modified(stored) {
        Some(time) => reply.with_header(header::LAST_MODIFIED, time),
        None => reply,
    }
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

/// True where the client says that it has this version. Tags are compared weakly (RFC 9110, 13.1.2),
/// and win over the time (13.1.3).
fn unchanged(ask: &Ask, etag: &str, resource: &Value) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    match ask.header(&header::IF_NONE_MATCH) {
        Some(tags) => tags
            .split(',')
            .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag)),
        None => ask
            .header(&header::IF_MODIFIED_SINCE)
            .is_some_and(|since| is_older(resource, &since)),
    }
}

/// True where the last change was not after this time, to the second.
fn is_older(resource: &Value, since: &str) -> bool {
    let changed = meta(resource, "lastUpdated").and_then(|time| time.parse::<Timestamp>().ok());
    let since = DateTimeParser::new().parse_timestamp(since).ok();
    changed
        .zip(since)
        .is_some_and(|(changed, since)| changed.as_second() <= since.as_second())
}
