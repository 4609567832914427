//! Extensions: on elements that they are not for, unknown modifiers, and without their value.

use fhir_assay::fhirpath::Focus;
use serde_json::{Value, json};

use crate::library::LIBRARY;
use crate::mutant::Mutant;
use crate::site::Site;

pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    if site.profile.is_some() {
        return Vec::new();
    }
    match site.node.name.as_str() {
        "extension" => known(site),
        "modifierExtension" => unknown_modifier(site),
        _ => Vec::new(),
    }
}

fn unknown_modifier(site: &Site<'_>) -> Vec<Mutant> {
    let value = json!([{"url": "http://example.org/unknown", "valueBoolean": true}]);
    let place = site.member("modifierExtension");
    let inner = format!("{place}/0");
    vec![
        Mutant::new("modifier extension", inner, &["modifier-extension-unknown"]).set(place, value),
    ]
}

fn known(site: &Site<'_>) -> Vec<Mutant> {
    let mut out = Vec::new();
    for item in &site.items {
        let Some(value) = item.value else { continue };
        let Some(url) = value["url"].as_str() else {
            continue;
        };
        let mutant = |kind, rule: &str| Mutant::new(kind, &item.pointer, &[rule]).of(url);
        out.push(mutant("extension value", "ext-1").set(&item.pointer, json!({"url": url})));
        let both = json!({"url": url, "valueBoolean": true, "extension": [{"url": "http://example.org/x", "valueBoolean": true}]});
        out.push(mutant("extension value", "ext-1").set(&item.pointer, both));
        if site.owner_type != "Extension" {
            let mut relative = value.clone();
            relative["url"] = json!("relative");
            out.push(mutant("extension URL", "extension-url").set(&item.pointer, relative));
        }
        let Some(profile) = LIBRARY.profiles.get(url) else {
            continue;
        };
        if site.owner_type != "Extension" && value.get("extension").is_some() {
            let place = format!("{}/extension/0", item.pointer);
            let part = json!({"url": "noSuchPart", "valueBoolean": true});
            let mutant = Mutant::new("extension part", &place, &["extension-part"]).of(url);
            out.push(mutant.set(&place, part));
        }
        out.extend(without_what_it_needs(site, &profile.definition));
        out.extend(elsewhere(site, value, &profile.definition).map(|found| found.of(url)));
        let as_modifier = site.object().get("modifierExtension").is_none()
            && LIBRARY
                .types
                .get(site.owner_type.as_str())
                .or_else(|| LIBRARY.by_path(&site.owner_type))
                .is_some_and(|node| node.child("modifierExtension").is_some());
        if as_modifier {
            let place = site.member("modifierExtension");
            out.push(
                Mutant::new(
                    "modifier extension",
                    format!("{place}/0"),
                    &["extension-modifier"],
                )
                .of(url)
                .set(place, json!([value])),
            );
        }
    }
    out
}

/// Something is missing that the definition wants of whatever holds the extension.
fn without_what_it_needs(site: &Site<'_>, definition: &Value) -> Vec<Mutant> {
    let engine = LIBRARY.validator.fhirpath();
    let rules = definition["contextInvariant"]
        .as_array()
        .into_iter()
        .flatten();
    let mut out = Vec::new();
    for rule in rules.filter_map(Value::as_str) {
        let members = |at: &str| {
            let object = site.document.pointer(at).and_then(Value::as_object);
            let names: Vec<String> = object
                .into_iter()
                .flat_map(|found| found.keys().cloned())
                .collect();
            let at = at.to_owned();
            names.into_iter().map(move |name| format!("{at}/{name}"))
        };
        for place in members(&site.at).chain(members(&site.resource_at)) {
            let mutant = Mutant::new(
                "context invariant",
                &site.at,
                &["extension-context-invariant"],
            )
            .of(rule)
            .remove(&place);
            let changed = mutant.apply(site.document);
            let (Some(resource), Some(holder)) = (
                changed.pointer(&site.resource_at),
                changed.pointer(&site.at),
            ) else {
                continue;
            };
            if holder.get("extension").is_none() {
                continue;
            }
            let focus = Focus {
                value: Some(holder),
                sibling: None,
                type_name: &site.owner_type,
            };
            if engine.holds(rule, resource, focus) == Ok(false) {
                let place = format!("{}/extension/0", site.at);
                out.push(Mutant { place, ..mutant });
            }
        }
    }
    out
}

/// The extension stands on the resource's `meta`, unless it is for any element.
fn elsewhere(site: &Site<'_>, value: &Value, definition: &Value) -> Option<Mutant> {
    let mut contexts = definition["context"].as_array().into_iter().flatten();
    let allowed = contexts.any(|context| {
        let expression = context["expression"].as_str().unwrap_or_default();
        matches!(expression, "Element" | "Meta" | "Resource")
    });
    if allowed {
        return None;
    }
    let at = format!("{}/meta", site.resource_at);
    let mut meta = site.document.pointer(&at).cloned().unwrap_or(json!({}));
    meta["extension"] = json!([value]);
    let place = format!("{at}/extension/0");
    Some(Mutant::new("extension context", place, &["extension-context"]).set(at, meta))
}
