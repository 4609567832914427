//! Bundles: rules that no constraint of the definition states (R4 bundle, search, documents).

mod document;

use serde_json::Value;

use crate::fhir::{IssueCode, is_absolute};
use crate::profile::model::{Finding, Here, Place, Rule, Scope, Sink};
use crate::profile::reference::{References, Target, split_restful};

/// Rules over all entries of a Bundle.
pub struct BundleRule;

impl Rule for BundleRule {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let entries = list(here.value, "entry");
        let kind = here.text("type").unwrap_or_default();
        for (at, entry) in entries.iter().enumerate() {
            let place = Place::member(here.place, "entry", "entry", None, Some(at), "Bundle.entry");
            full_url(kind, entry, &place, sink);
            if kind == "searchset" {
                search_entry(entry, &place, sink);
            }
        }
        links(here, sink);
        match kind {
            "document" => {
                first_entry("document", "Composition", entries, here, sink);
                document::check(entries, here, scope, sink);
            }
            "message" => {
                first_entry("message", "MessageHeader", entries, here, sink);
                message(entries, here, scope, sink);
            }
            _ => {}
        }
    }
}

fn list<'v>(value: Option<&'v Value>, name: &str) -> &'v [Value] {
    value
        .and_then(|value| value.get(name))
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

/// The address is there, is absolute, names no version, and agrees with the resource's id.
fn full_url(kind: &str, entry: &Value, place: &Place<'_>, sink: &mut Sink) {
    let Some(resource) = entry.get("resource") else {
        return;
    };
    let Some(url) = text(entry, "fullUrl") else {
        if needs_full_url(kind, resource) && entry.get("_fullUrl").is_none() {
            sink.push(
                Finding::error(
                    IssueCode::Required,
                    "bundle-full-url-missing",
                    "the entry has a resource and no fullUrl",
                )
                .fix(
                    "give the address of the resource, or urn:uuid: with a UUID where it has none",
                ),
                place,
            );
        }
        return;
    };
    if !is_absolute(url) {
        sink.push(
            Finding::error(
                IssueCode::Value,
                "bundle-full-url",
                format!("the fullUrl `{url}` is not absolute"),
            )
            .fix("write the whole URL, or urn:uuid: with a UUID"),
            place,
        );
        return;
    }
    if url.starts_with("http") && url.contains("/_history/") {
        sink.push(
            Finding::error(
                IssueCode::Value,
                "bundle-full-url",
                format!("the fullUrl `{url}` is that of a version"),
            )
            .fix("leave out what begins with /_history/"),
            place,
        );
        return;
    }
    let Some((_, name, in_url)) = split_restful(url) else {
        return;
    };
    let Some(id) = text(resource, "id") else {
        sink.push(
            Finding::error(
                IssueCode::Value,
                "bundle-full-url-id",
                format!("the fullUrl `{url}` is that of a resource on a server, and the resource has no id"),
            )
            .fix("give the resource the id of its address, or write urn:uuid: with a UUID"),
            place,
        );
        return;
    };
    if in_url != id || text(resource, "resourceType") != Some(name) {
        sink.push(
            Finding::error(
                IssueCode::Value,
                "bundle-full-url-id",
                format!("the fullUrl `{url}` does not end in the resource's type and id ({id})"),
            )
            .fix("make fullUrl and id agree"),
            place,
        );
    }
}

/// Whether an entry must have an address: not what is posted, nor what tells of the outcome alone (R4
/// Bundle.entry.fullUrl). A batch's and a transaction's entries are such.
fn needs_full_url(kind: &str, resource: &Value) -> bool {
    match kind {
        "document" | "message" => true,
        "collection" | "searchset" | "history" => {
            text(resource, "resourceType") != Some("OperationOutcome")
        }
        _ => false,
    }
}

/// What a search returns has ids; an outcome is an OperationOutcome.
fn search_entry(entry: &Value, place: &Place<'_>, sink: &mut Sink) {
    let Some(resource) = entry.get("resource") else {
        return;
    };
    let name = text(resource, "resourceType").unwrap_or_default();
    let mode = entry.pointer("/search/mode").and_then(Value::as_str);
    if mode == Some("outcome") && name != "OperationOutcome" {
        sink.push(
            Finding::error(
                IssueCode::Value,
                "searchset-outcome",
                format!("an entry with search mode outcome holds a {name}"),
            )
            .fix("put an OperationOutcome there, or correct the search mode"),
            place,
        );
    }
    if name != "OperationOutcome" && resource.get("id").is_none() {
        sink.push(
            Finding::error(
                IssueCode::Required,
                "searchset-id",
                "a resource that a search returned has no id",
            )
            .fix("give the resource the id under which it can be read"),
            place,
        );
    }
}

/// Relations that lead to one page each (IANA link relations that R4 uses for paging).
const SINGLE_LINKS: [&str; 7] = ["self", "first", "last", "next", "previous", "prev", "start"];

fn links(here: &Here<'_>, sink: &mut Sink) {
    let mut seen: Vec<&str> = Vec::new();
    for (at, link) in list(here.value, "link").iter().enumerate() {
        let Some(relation) = text(link, "relation").filter(|name| SINGLE_LINKS.contains(name))
        else {
            continue;
        };
        if seen.contains(&relation) {
            let place = Place::member(here.place, "link", "link", None, Some(at), "Bundle.link");
            sink.push(
                Finding::error(
                    IssueCode::Duplicate,
                    "bundle-link",
                    format!("there is more than one link with the relation `{relation}`"),
                )
                .fix("keep one link of each relation"),
                &place,
            );
        }
        seen.push(relation);
    }
}

/// A document begins with its Composition, a message with its MessageHeader.
fn first_entry(kind: &str, wanted: &str, entries: &[Value], here: &Here<'_>, sink: &mut Sink) {
    let first = entries
        .first()
        .and_then(|entry| entry.pointer("/resource/resourceType"))
        .and_then(Value::as_str);
    if first != Some(wanted) {
        sink.push(
            Finding::error(
                IssueCode::Structure,
                "bundle-first-entry",
                format!("a {kind} does not begin with a {wanted}"),
            )
            .fix(format!("make a {wanted} the first entry")),
            here.place,
        );
    }
}

/// The data that a message is about is in it (R4 MessageHeader.focus).
fn message(entries: &[Value], here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let Some(entry) = entries.first() else { return };
    let Some(header) = entry.get("resource") else {
        return;
    };
    let references = References::new(header, scope.references.bundle(), text(entry, "fullUrl"));
    let place = Place::member(here.place, "entry", "entry", None, Some(0), "Bundle.entry");
    for focus in list(Some(header), "focus") {
        let reference = text(focus, "reference").unwrap_or("#");
        if references.target(reference) == Target::Elsewhere {
            sink.push(
                Finding::error(
                    IssueCode::NotFound,
                    "message-reference",
                    format!("the message is about `{reference}`, which is not in it"),
                )
                .fix("add the resource as an entry whose fullUrl the reference leads to"),
                &place,
            );
        }
    }
}
