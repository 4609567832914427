//! Bundles: addresses of entries, documents and messages.

use serde_json::json;

use crate::mutant::Mutant;
use crate::site::Site;

/// Mutants of one Bundle; asked once for each, at its first element.
pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    if site.owner_type != "Bundle" || site.node.name != "id" || site.profile.is_some() {
        return Vec::new();
    }
    let entries = site.object()["entry"].as_array().map_or(0, Vec::len);
    let kind = site.object()["type"].as_str().unwrap_or_default();
    let mut out = Vec::new();
    for at in 0..entries {
        let entry = site.member(&format!("entry/{at}"));
        let mutant = |name, rule: &str| Mutant::new(name, &entry, &[rule]);
        let url = format!("{entry}/fullUrl");
        if site.document.pointer(&url).is_none() {
            continue;
        }
        out.push(mutant("Bundle fullUrl", "bundle-full-url").set(&url, "Patient/1"));
        if matches!(kind, "document" | "message" | "collection" | "searchset") {
            out.push(mutant("Bundle fullUrl", "bundle-full-url-missing").remove(&url));
        }
        let version = "http://example.org/fhir/Patient/1/_history/1";
        out.push(mutant("Bundle fullUrl", "bundle-full-url").set(&url, version));
        if site
            .document
            .pointer(&format!("{entry}/resource/id"))
            .is_some()
        {
            let other = "http://example.org/fhir/Patient/another-id";
            out.push(mutant("Bundle fullUrl", "bundle-full-url-id").set(&url, other));
            let id = format!("{entry}/resource/id");
            let nameless = mutant("Bundle fullUrl", "bundle-full-url-id").remove(&id);
            out.push(nameless.set(&url, "http://example.org/fhir/Patient/1"));
        }
    }
    if matches!(kind, "document" | "message") && entries > 1 {
        let first = site.object()["entry"][0].clone();
        let entry = site.member("entry");
        let mut turned = site.object()["entry"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        turned.swap(0, entries - 1);
        out.push(
            Mutant::new("document and message", &site.at, &["bundle-first-entry"])
                .set(&entry, turned),
        );
        if kind == "document" {
            let (last, place) = (entries, site.member(&format!("entry/{entries}")));
            let apart = json!({
                "fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
                "resource": { "resourceType": "Basic", "code": { "text": last.to_string() } }
            });
            let mutant = Mutant::new("document and message", &place, &["document-unreachable"]);
            out.push(mutant.set(&place, apart));
        }
        let reference = if kind == "document" {
            "document-reference"
        } else {
            "message-reference"
        };
        out.push(
            Mutant::new("document and message", format!("{entry}/0"), &[reference])
                .set(&entry, json!([first])),
        );
    }
    out
}
