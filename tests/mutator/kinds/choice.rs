//! Elements of several types: one value, of a type that is allowed.

use serde_json::json;

use crate::kinds::cardinality::any_value;
use crate::mutant::Mutant;
use crate::site::{Site, members};

pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    if !site.is_choice() || crate::kinds::slicing::slice_of(site).is_some() {
        return Vec::new();
    }
    match site.base {
        None => second(site),
        Some(_) => forbidden(site),
    }
}

/// A second value, of another type.
fn second(site: &Site<'_>) -> Vec<Mutant> {
    let Some(item) = site.items.first() else {
        return Vec::new();
    };
    let other = members(site.node)
        .into_iter()
        .find(|(json, _)| *json != item.json);
    let Some((json, type_name)) = other else {
        return Vec::new();
    };
    let sibling = json!({"extension": [{"url": "http://example.org/x", "valueBoolean": true}]});
    vec![
        Mutant::new("choice of types", &site.at, &["choice"])
            .set(site.member(&json), any_value(&type_name)),
        Mutant::new("choice of types", &site.at, &["choice"])
            .set(site.member(&format!("_{json}")), sibling),
    ]
    .into_iter()
    .take(if crate::site::is_primitive(&type_name) {
        2
    } else {
        1
    })
    .collect()
}

/// A value of a type that the base type allows and the profile does not.
fn forbidden(site: &Site<'_>) -> Vec<Mutant> {
    let element = site.element();
    if element.max() == fhir_assay::profile::element::Max::Times(0) {
        return Vec::new();
    }
    let Some(base) = site.base else {
        return Vec::new();
    };
    let stem = site.name();
    let allowed = |code: &str| element.types.iter().any(|kind| kind.code == code);
    let other = base.types.iter().find(|kind| !allowed(&kind.code));
    let Some(other) = other else {
        return Vec::new();
    };
    let json = format!(
        "{stem}{}",
        fhir_assay::profile::snapshot::tree::capitalised(&other.code)
    );
    let mut mutant = Mutant::new("type of a choice", site.member(&json), &["type"])
        .setting(any_value(&other.code));
    for item in &site.items {
        for json in [item.json.clone(), format!("_{}", item.json)] {
            if site.object().get(&json).is_some() {
                mutant = mutant.remove(site.member(&json));
            }
        }
    }
    vec![mutant]
}
