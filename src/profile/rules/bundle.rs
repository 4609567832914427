//! Bundles: rules that no constraint of the definition states (R4 bundle).

use serde_json::Value;

use super::Rule;
use crate::fhir::IssueCode;
use crate::profile::context::{Finding, Here, Place, Scope, Sink};
use crate::profile::reference::split_restful;

/// Rules over all entries of a Bundle.
pub struct BundleRule;

impl Rule for BundleRule {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let entries = here
            .value
            .and_then(|bundle| bundle.get("entry"))
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for (at, entry) in entries.iter().enumerate() {
            let place = Place::member(here.place, "entry", "entry", None, Some(at), "Bundle.entry");
            full_url(entry, &place, scope, sink);
        }
        match here.text("type") {
            Some("document") => first_entry("document", "Composition", entries, here, sink),
            Some("message") => first_entry("message", "MessageHeader", entries, here, sink),
            _ => {}
        }
    }
}

/// The address agrees with the resource's id.
fn full_url(entry: &Value, place: &Place<'_>, _: &Scope<'_>, sink: &mut Sink) {
    let Some(url) = entry.get("fullUrl").and_then(Value::as_str) else {
        return;
    };
    let Some(resource) = entry.get("resource") else {
        return;
    };
    if !(url.starts_with("http:")
        || url.starts_with("https:")
        || url.starts_with("urn:")
        || url.contains(':'))
    {
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
    let id = resource.get("id").and_then(Value::as_str);
    if let (Some((_, name, in_url)), Some(id)) = (split_restful(url), id)
        && (in_url != id || resource.get("resourceType").and_then(Value::as_str) != Some(name))
    {
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
