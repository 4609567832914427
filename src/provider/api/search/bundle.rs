//! The searchset Bundle (FHIR R4 bundle and search).

use serde_json::{Value, json};

use super::page;
use super::subset;
use crate::provider::api::documents;
use crate::provider::instance::Provider;
use crate::provider::model::{Search, Window};
use crate::provider::store::Store;
use crate::search::Resolver;

/// Where the entry of a warning stands: it is no resource that could be read.
const WARNING: &str = "urn:uuid:6f1d4b62-8a3e-4a57-9d0c-2f7b5e8c1a90";

/// One page of matches with what they include.
pub(super) fn searchset(
    provider: &Provider,
    store: &Store,
    search: &Search,
    window: &Window,
    matches: &[&Value],
) -> Value {
    let most = if search.only_count { 0 } else { window.count };
    let shown: Vec<&Value> = matches
        .iter()
        .skip(window.start)
        .take(most)
        .copied()
        .collect();
    let entries: Vec<Value> = shown
        .iter()
        .map(|resource| entry(provider, resource, "match"))
        .map(|entry| subset::of_entry(entry, &search.elements))
        .chain(
            included(store, search, &shown)
                .into_iter()
                .map(|resource| entry(provider, resource, "include")),
        )
        .chain(warning(search))
        .collect();
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": window.total,
        "link": links(provider, search, window),
    });
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

fn entry(provider: &Provider, resource: &Value, mode: &str) -> Value {
    let member = |name| {
        resource
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let mut shown = resource.clone();
    documents::with_address(&provider.base, &mut shown);
    provider.faults.show(&mut shown);
    json!({
        "fullUrl": format!("{}/{}/{}", provider.base, member("resourceType"), member("id")),
        "resource": shown,
        "search": { "mode": mode },
    })
}

/// What the client should know of a search that was done all the same (FHIR R4 search, handling errors).
fn warning(search: &Search) -> Option<Value> {
    (!search.ignored.is_empty()).then(|| {
        json!({
            "fullUrl": WARNING,
            "resource": {
                "resourceType": "OperationOutcome",
                "issue": [{
                    "severity": "warning",
                    "code": "not-supported",
                    "diagnostics": format!("not known here and ignored: {}", search.ignored.join(", ")),
                }],
            },
            "search": { "mode": "outcome" },
        })
    })
}

fn links(provider: &Provider, search: &Search, window: &Window) -> Vec<Value> {
    let link = |relation, start| json!({ "relation": relation, "url": page::url(&provider.base, search, start) });
    let mut links = vec![link("self", search.offset)];
    let next = window.next.filter(|_| !search.only_count);
    links.extend(next.map(|start| link("next", start)));
    links
}

/// What the matches on this page refer to, each once.
fn included<'s>(store: &'s Store, search: &Search, shown: &[&Value]) -> Vec<&'s Value> {
    let mut references: Vec<&str> = shown
        .iter()
        .flat_map(|resource| search.includes.iter().map(move |name| resource.get(name)))
        .filter_map(|reference| reference?.get("reference")?.as_str())
        .collect();
    references.sort_unstable();
    references.dedup();
    let referred = references
        .into_iter()
        .filter_map(|reference| store.resolve(reference));
    let provenance = store
        .all("Provenance")
        .filter(|record| search.with_provenance && is_about(record, shown));
    referred.chain(provenance).collect()
}

/// Whether one of the targets of a Provenance is among these resources.
fn is_about(provenance: &Value, shown: &[&Value]) -> bool {
    let targets = provenance["target"].as_array().into_iter().flatten();
    targets
        .filter_map(|target| target["reference"].as_str()?.split_once('/'))
        .any(|(kind, id)| {
            let is_it = |one: &&Value| one["resourceType"] == kind && one["id"] == id;
            shown.iter().any(is_it)
        })
}
