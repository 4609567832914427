//! What JSON of FHIR is: known members, the right JSON types, nothing empty, null only as padding.

use serde_json::{Value, json};

use crate::mutant::{Edit, Mutant, split};
use crate::site::{self, Item, Site, is_primitive};

/// Members that the definition does not have, once for each object: at its first element.
pub fn members_of_object(site: &Site<'_>) -> Vec<Mutant> {
    let unknown = |name: &str, value: Value| {
        Mutant::new("unknown element", site.member(name), &["unknown-member"]).setting(value)
    };
    vec![
        unknown("unknown", json!(true)),
        unknown("_unknown", json!({"id": "x"})),
        unknown("fhir_comments", json!(["x"])),
        unknown("ID", json!("x")),
    ]
}

/// Members with names that are nearly right.
pub fn members(site: &Site<'_>) -> Vec<Mutant> {
    if site.profile.is_some() {
        return Vec::new();
    }
    let mut out = Vec::new();
    // `id` is the first element of every object.
    if site.node.name == "id" {
        out.extend(members_of_object(site));
    }
    let unknown = |name: String, value: Value| {
        Mutant::new("unknown element", site.member(&name), &["unknown-member"]).setting(value)
    };
    if site.is_choice() {
        out.push(unknown(site.name().to_owned(), json!("x")));
        out.push(unknown(format!("{}Nothing", site.name()), json!("x")));
    }
    for item in site.items.iter().take(1) {
        // A complex element has no sibling, nor have an xhtml and the id of an element.
        let alone = !is_primitive(&item.type_name) || item.type_name == "xhtml";
        if alone {
            let value = json!({"id": "x"});
            out.push(unknown(format!("_{}", item.json), value));
        }
    }
    out
}

/// JSON of another type than the element's.
pub fn types(site: &Site<'_>) -> Vec<Mutant> {
    let Some(item) = base_item(site) else {
        return Vec::new();
    };
    let Some(value) = item.value else {
        return Vec::new();
    };
    let whole = site.member(&item.json);
    let wrong = |place: &str, value: Value| {
        let rules: &[&str] = &["json-type", "primitive-format", "resource-type"];
        Mutant::new("JSON type", place, rules).setting(value)
    };
    let mut out = vec![match item.index {
        Some(_) => wrong(&whole, value.clone()),
        None => wrong(&whole, json!([value])),
    }];
    let others = [
        json!(true),
        json!("x"),
        json!(1),
        json!({"id": "x"}),
        json!([["x"]]),
    ];
    for other in others {
        let same = std::mem::discriminant(&other) == std::mem::discriminant(value);
        if !same {
            out.push(wrong(&item.pointer, other));
        }
    }
    out
}

/// Lists, objects and texts with nothing in them.
pub fn empty(site: &Site<'_>) -> Vec<Mutant> {
    let Some(item) = base_item(site) else {
        return Vec::new();
    };
    let whole = site.member(&item.json);
    let mut out = Vec::new();
    if item.index.is_some() {
        out.push(Mutant::new("empty list", &whole, &["empty-array"]).setting(json!([])));
    }
    if item.value.is_some_and(Value::is_string) {
        for text in ["", " "] {
            let rules = &["primitive-format", "narrative-xml", "txt-1", "txt-2"];
            out.push(Mutant::new("empty text", &item.pointer, rules).setting(text));
        }
    }
    if item.value.is_some_and(Value::is_object) {
        let rules = &["ele-1", "ext-1", "resource-type"];
        out.push(Mutant::new("empty object", &item.pointer, rules).setting(json!({})));
        if site.node.name != "resource" && site.node.name != "contained" {
            let value = json!({"id": "x"});
            out.push(Mutant::new("empty object", &item.pointer, rules).setting(value));
        }
    }
    out
}

/// Null stands only for an item whose other half has something.
pub fn padding(site: &Site<'_>) -> Vec<Mutant> {
    let Some(item) = base_item(site) else {
        return Vec::new();
    };
    let rules: &[&str] = &[
        "null-item",
        "json-type",
        "ele-1",
        "empty-array",
        "empty-object",
    ];
    let null = |place: &str, value: Value| Mutant::new("null padding", place, rules).setting(value);
    let mut out = vec![];
    let (_, last) = split(&item.pointer);
    if !(last == "0" && item.value.is_none()) {
        out.push(null(&item.pointer, Value::Null));
    }
    let primitive = is_primitive(&item.type_name) && item.type_name != "xhtml";
    let has_sibling = primitive && (site.node.name != "id" || is_resource(site));
    if !has_sibling || site.element().path == "Extension.url" {
        return out;
    }
    let sibling = site.member(&format!("_{}", item.json));
    let known = site.object().get(format!("_{}", item.json));
    if known.is_some() {
        return out;
    }
    let whole = site.member(&item.json);
    match item.index {
        None => {
            for value in [json!(null), json!({}), json!("x"), json!([{"id": "x"}])] {
                out.push(null(&sibling, value));
            }
        }
        Some(_) => {
            out.push(null(&sibling, json!({"id": "x"})));
            let empty = null(&format!("{sibling}/0"), json!({}));
            out.push(Mutant {
                edits: vec![Edit::Set(sibling.clone(), json!([{}]))],
                ..empty
            });
            // Both halves of the second item are null.
            let both = null(&format!("{whole}/1"), Value::Null)
                .set(&whole, json!([item.value, null, item.value]))
                .set(&sibling, json!([null, null, {"id": "x"}]));
            out.push(Mutant {
                edits: both.edits[1..].to_vec(),
                ..both
            });
        }
    }
    out
}

fn is_resource(site: &Site<'_>) -> bool {
    site.at == site.resource_at
}

/// Faults that stand in the text alone.
pub fn text(site: &Site<'_>) -> Vec<Mutant> {
    let Some(item) = base_item(site) else {
        return Vec::new();
    };
    let Some(value) = item.value else {
        return Vec::new();
    };
    // The whole document is written anew, so the place is found by a mark.
    let mark = json!("ccc-mark-ccc");
    let marked = |kind, rules: &[&str], text: String| {
        Mutant::new(kind, &item.pointer, rules)
            .setting(mark.clone())
            .text(mark.to_string(), text)
    };
    let mut out = Vec::new();
    if item.index.is_none() {
        let again = format!("{value},\"{}\":{value}", item.json);
        out.push(marked("duplicate member", &["duplicate-member"], again));
    }
    if matches!(
        item.type_name.as_str(),
        "integer" | "positiveInt" | "unsignedInt"
    ) {
        for text in ["1.0", "1e2", "1.5"] {
            let rules = &["json-type", "primitive-format"];
            out.push(marked("primitive format", rules, text.to_owned()));
        }
    }
    if item.type_name == "decimal" {
        for text in ["01", "+1", ".5", "1.", "0x1", "NaN", "Infinity"] {
            let mut mutant = marked("decimal form", &["json-syntax"], text.to_owned());
            mutant.place = String::new();
            out.push(mutant);
        }
    }
    out
}

/// The first item of a base type's element; a profile says nothing of JSON.
fn base_item<'s, 'a>(site: &'s Site<'a>) -> Option<&'s Item<'a>> {
    if site.profile.is_some() || site::members(site.node).is_empty() {
        return None;
    }
    site.items.first()
}
