//! Slices: their numbers, their order, and what belongs to none of them.

use fhir_assay::profile::element::{Max, SlicingRules};
use serde_json::{Value, json};

use crate::mutant::Mutant;
use crate::site::{Item, Site};
use crate::slice;

/// Name of the slice that a site is about.
pub fn slice_of<'s>(site: &'s Site<'_>) -> Option<&'s str> {
    site.element().slice_name.as_deref()
}

pub fn mutants(site: &Site<'_>) -> Vec<Mutant> {
    match slice_of(site) {
        Some(_) => numbers(site),
        None if site.profile.is_some() => around(site),
        None => Vec::new(),
    }
}

/// Too few and too many items of one slice.
fn numbers(site: &Site<'_>) -> Vec<Mutant> {
    let element = site.element();
    let mut out = Vec::new();
    if element.min() > 0 && !site.items.is_empty() {
        let rules = &["slice-min", "cardinality-min"];
        let mut mutant = Mutant::new("slice min", &site.at, rules);
        for item in site.items.iter().skip(element.min() as usize - 1).rev() {
            mutant = remove(mutant, item, site);
        }
        out.push(mutant);
    }
    if let (Max::Times(most), Some(item)) = (element.max(), site.items.first())
        && item.index.is_some()
    {
        let rules = &["slice-max", "cardinality-max"];
        let mut mutant = Mutant::new("slice max", site.member(&item.json), rules);
        let list = site.member(&item.json);
        for _ in site.items.len()..most as usize + 1 {
            let value = item.value.cloned().unwrap_or_default();
            mutant = mutant.set(format!("{list}/999"), value);
        }
        out.push(mutant);
    }
    out
}

fn remove(mutant: Mutant, item: &Item<'_>, site: &Site<'_>) -> Mutant {
    let list = site.object()[&item.json].as_array().map_or(0, Vec::len);
    if item.index.is_some() && list > 1 {
        return mutant.remove(&item.pointer);
    }
    let mutant = mutant.remove(site.member(&item.json));
    match site.object().get(format!("_{}", item.json)) {
        Some(_) => mutant.remove(site.member(&format!("_{}", item.json))),
        None => mutant,
    }
}

/// Items of no slice, and items in the wrong order.
fn around(site: &Site<'_>) -> Vec<Mutant> {
    let element = site.element();
    let (Some(slicing), Some(first)) = (&element.slicing, site.items.first()) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let list = site.member(&first.json);
    let Some(values) = site.object()[&first.json].as_array() else {
        return Vec::new();
    };
    if let Some(alien) = alien(site, first) {
        let mut with_alien = values.clone();
        match slicing.rules {
            SlicingRules::Closed => {
                with_alien.push(alien);
                let place = format!("{list}/{}", values.len());
                let mutant = Mutant::new("slicing closed", place, &["slicing-closed"]);
                out.push(mutant.set(&list, with_alien));
            }
            SlicingRules::OpenAtEnd => {
                with_alien.insert(0, alien);
                let mutant =
                    Mutant::new("slicing openAtEnd", format!("{list}/1"), &["slicing-order"]);
                out.push(mutant.set(&list, with_alien));
            }
            SlicingRules::Open => {}
        }
    }
    if slicing.ordered
        && values.len() > 1
        && slice_at(site, first) != slice_at(site, &site.items[values.len() - 1])
    {
        let mut turned = values.clone();
        turned.swap(0, values.len() - 1);
        let place = format!("{list}/{}", values.len() - 1);
        let mutant = Mutant::new("slicing ordered", place, &["slicing-order"]);
        out.push(mutant.set(&list, turned));
    }
    out
}

/// The slice of an item.
fn slice_at<'s>(site: &'s Site<'_>, item: &Item<'_>) -> Option<&'s str> {
    let items = std::slice::from_ref(item);
    let slice = site.node.slices.iter().find(|slice| {
        let found = slice::members(site.document, site.node, slice, items);
        found.is_some_and(|found| !found.is_empty())
    })?;
    slice.element.slice_name.as_deref()
}

/// An item that fits no slice.
fn alien(site: &Site<'_>, like: &Item<'_>) -> Option<Value> {
    let candidates = [
        json!({"url": "http://example.org/unknown", "valueBoolean": true}),
        json!({"system": "http://example.org/unknown", "value": "x"}),
        json!({"text": "x"}),
        json!({"display": "x"}),
        json!({"code": {"text": "x"}}),
        json!({"resourceType": "Basic", "id": "x", "code": {"text": "x"}}),
    ];
    let known = like.value?.as_object()?;
    candidates.into_iter().find(|candidate| {
        let members = candidate.as_object().expect("an object");
        let item = Item {
            value: Some(candidate),
            ..like.clone()
        };
        // The item must be one of the element's type, and of no slice.
        members.keys().any(|name| known.contains_key(name))
            && site.node.slices.iter().all(|slice| {
                let found =
                    slice::members(candidate, site.node, slice, std::slice::from_ref(&item));
                found.is_some_and(|found| found.is_empty())
            })
    })
}
