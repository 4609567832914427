//! Whole resources: what type they are and which profiles they claim.

use serde_json::{Value, json};

use crate::mutant::Mutant;
use crate::site::Site;

/// Mutants of one resource; asked once for each, at its first element.
pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    if site.profile.is_some() || site.at != site.resource_at || site.node.name != "id" {
        return Vec::new();
    }
    let kind = site.member("resourceType");
    let wrong = |value: Value| {
        let mutant = Mutant::new("resourceType", &site.at, &["resource-type"]);
        mutant.set(&kind, value)
    };
    let own = site.object()["resourceType"].as_str().unwrap_or_default();
    let mut out = vec![
        Mutant::new("resourceType", &site.at, &["resource-type"]).remove(&kind),
        wrong(json!(own.to_lowercase())),
        wrong(json!(format!("{own}s"))),
        wrong(json!(1)),
        wrong(json!("Element")),
        wrong(json!("DomainResource")),
    ];
    let twice = json!([
        {"id": "twice", "url": "http://example.org/x", "valueBoolean": true},
        {"id": "twice", "url": "http://example.org/x", "valueBoolean": true}
    ]);
    let meta = site.member("meta/extension");
    if site.object().get("meta").is_some() && own != "StructureDefinition" {
        let mutant = Mutant::new("ids inside", &site.at, &["element-id"]);
        out.push(mutant.set(meta, twice));
    }
    if own != "Basic" {
        let meta = site.member("meta");
        let claim = Mutant::new("claimed profile", &site.at, &["profile-type"]);
        let mut claimed = site.object().get("meta").cloned().unwrap_or(json!({}));
        claimed["profile"] = json!([FOREIGN_PROFILE]);
        out.push(claim.set(meta, claimed));
    }
    out
}

/// A profile of another type than the sample data has.
const FOREIGN_PROFILE: &str = "http://example.org/StructureDefinition/mutator-basic";
