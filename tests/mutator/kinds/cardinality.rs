//! Least and greatest numbers of an element.

use fhir_assay::profile::element::{Element, Max};
use serde_json::json;

use crate::kinds::slicing::slice_of;
use crate::mutant::Mutant;
use crate::site::{Site, is_primitive, members};

/// What is needed is taken away.
pub fn minimum(site: &Site<'_>) -> Vec<Mutant> {
    let element = site.element();
    let needed = element.min() > site.base.map_or(0, Element::min);
    // Of a slice, its items are counted.
    if !needed || site.items.is_empty() || slice_of(site).is_some() {
        return Vec::new();
    }
    let mut mutant = Mutant::new(
        "cardinality min",
        &site.at,
        &["cardinality-min", "slice-min"],
    );
    if element.min() > 1 {
        let surplus = site.items.iter().skip(element.min() as usize - 1);
        for item in surplus.rev() {
            mutant = mutant.remove(&item.pointer);
        }
        mutant.place = site.member(&site.items[0].json);
        return vec![mutant];
    }
    let object = site.object();
    for item in &site.items {
        for json in [item.json.clone(), format!("_{}", item.json)] {
            if object.get(&json).is_some() {
                mutant = mutant.remove(site.member(&json));
            }
        }
    }
    vec![mutant]
}

/// More than is allowed; where nothing is allowed, something.
pub fn maximum(site: &Site<'_>) -> Vec<Mutant> {
    let element = site.element();
    let Max::Times(most) = element.max() else {
        return Vec::new();
    };
    if slice_of(site).is_some() || site.base.is_none_or(|base| base.max() <= element.max()) {
        return Vec::new();
    }
    let mutant = |place: String| Mutant::new("cardinality max", place, &["cardinality-max"]);
    if most == 0 {
        let Some((json, type_name)) = members(site.node).into_iter().next() else {
            return Vec::new();
        };
        let value = any_value(&type_name);
        let value = match site.is_list() {
            true => json!([value]),
            false => value,
        };
        return vec![mutant(site.member(&json)).setting(value)];
    }
    let Some(item) = site.items.first() else {
        return Vec::new();
    };
    let value = item
        .value
        .cloned()
        .unwrap_or_else(|| any_value(&item.type_name));
    let list = vec![value; most as usize + 1];
    vec![mutant(site.member(&item.json)).setting(list)]
}

/// Some value of a type.
pub fn any_value(type_name: &str) -> serde_json::Value {
    match type_name {
        "boolean" => json!(true),
        "integer" | "positiveInt" | "unsignedInt" | "decimal" => json!(1),
        "date" | "dateTime" => json!("2020-01-01"),
        "instant" => json!("2020-01-01T00:00:00Z"),
        "time" => json!("10:00:00"),
        "base64Binary" => json!("YWJj"),
        "uri" | "url" | "canonical" => json!("http://example.org/x"),
        "oid" => json!("urn:oid:1.2.3"),
        "uuid" => json!("urn:uuid:01234567-89ab-cdef-0123-456789abcdef"),
        name if is_primitive(name) => json!("x"),
        "CodeableConcept" => json!({"text": "x"}),
        "Reference" => json!({"display": "x"}),
        "Quantity" => json!({"value": 1}),
        "Period" => json!({"start": "2020"}),
        "Annotation" => json!({"text": "x"}),
        _ => json!({"extension": [{"url": "http://example.org/unknown", "valueBoolean": true}]}),
    }
}
