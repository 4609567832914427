//! What the fuzz targets share.

use serde_json::{Map, Value, json};

/// Changes the tree of a JSON text, so that what comes out is JSON again and gets past the parser.
/// Every third time, and where the text is no JSON, the bytes are changed instead.
pub fn mutate_json(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed) << 1 | 1);
    let parsed = data
        .get(..size)
        .and_then(|text| serde_json::from_slice::<Value>(text).ok());
    let changed = parsed.filter(|_| dice.below(3) > 0).map(|mut value| {
        let donor = value.clone();
        for _ in 0..=dice.below(3) {
            change(&mut value, &donor, &mut dice);
        }
        value.to_string().into_bytes()
    });
    match changed {
        Some(text) if text.len() <= max_size.min(data.len()) => {
            data[..text.len()].copy_from_slice(&text);
            text.len()
        }
        _ => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
    }
}

/// Reproducible chance (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Goes down to a node by chance and changes it.
fn change(value: &mut Value, donor: &Value, dice: &mut Dice) {
    let stops = dice.below(4) == 0;
    match value {
        Value::Object(members) if !members.is_empty() && !stops => {
            let at = dice.below(members.len());
            let Some(name) = members.keys().nth(at).cloned() else {
                return;
            };
            match dice.below(12) {
                0 => drop(members.remove(&name)),
                1 => rename(members, &name, donor, dice),
                2 => drop(members.insert(any_name(donor, dice), any_node(donor, dice))),
                _ => members
                    .get_mut(&name)
                    .into_iter()
                    .for_each(|node| change(node, donor, dice)),
            }
        }
        Value::Array(items) if !items.is_empty() && !stops => {
            let at = dice.below(items.len());
            match dice.below(8) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.reverse(),
                _ => change(&mut items[at], donor, dice),
            }
        }
        node => *node = replacement(node, donor, dice),
    }
}

fn rename(members: &mut Map<String, Value>, name: &str, donor: &Value, dice: &mut Dice) {
    if let Some(node) = members.remove(name) {
        members.insert(any_name(donor, dice), node);
    }
}

/// Another node, or an odd value.
fn replacement(node: &Value, donor: &Value, dice: &mut Dice) -> Value {
    match dice.below(10) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({}),
        3 => json!([node]),
        4 => json!(i64::MIN),
        5 => json!(1e300),
        6 => json!(""),
        7 => json!(format!("{}\u{10ffff} ", node.as_str().unwrap_or("#"))),
        _ => any_node(donor, dice),
    }
}

/// A node of the tree, by chance.
fn any_node(donor: &Value, dice: &mut Dice) -> Value {
    let mut node = donor;
    loop {
        let below: Vec<&Value> = match node {
            Value::Object(members) => members.values().collect(),
            Value::Array(items) => items.iter().collect(),
            _ => return node.clone(),
        };
        if below.is_empty() || (!std::ptr::eq(node, donor) && dice.below(3) == 0) {
            return node.clone();
        }
        node = below[dice.below(below.len())];
    }
}

/// Names that have a meaning anywhere, or one that the tree has.
fn any_name(donor: &Value, dice: &mut Dice) -> String {
    const NAMES: [&str; 16] = [
        "extension",
        "modifierExtension",
        "contained",
        "id",
        "_id",
        "resourceType",
        "meta",
        "url",
        "reference",
        "coding",
        "valueReference",
        "value",
        "fullUrl",
        "resource",
        "element",
        "slicing",
    ];
    match any_node(donor, dice) {
        Value::Object(members) if dice.below(2) == 0 => {
            let at = dice.below(members.len());
            members.keys().nth(at).cloned().unwrap_or_default()
        }
        _ => NAMES[dice.below(NAMES.len())].to_owned(),
    }
}
