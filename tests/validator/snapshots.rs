//! Generated snapshots against published ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir_assay::package::Kind;
use fhir_assay::profile::Validator;
use fhir_assay::profile::element::{Element, Max};
use fhir_assay::profile::snapshot::tree::Node;
use serde_json::Value;

/// Facts of each element by id, in a form that can be compared.
fn facts<'e>(elements: impl IntoIterator<Item = &'e Element>) -> BTreeMap<String, [String; 7]> {
    elements
        .into_iter()
        .map(|element| {
            let mut keys: Vec<&str> = element.constraints.iter().map(|c| c.key.as_str()).collect();
            keys.sort_unstable();
            let mut types: Vec<String> = element
                .types
                .iter()
                .map(|kind| format!("{kind:?}").replace("code: \"id\"", "code: \"string\""))
                .collect();
            types.sort();
            let plain = |text: String| text.replace("|4.0.1", "");
            let facts = [
                format!("min {}", element.min()),
                format!("max {}", element.max()),
                format!("types {types:?}"),
                format!("fixed {:?} {:?}", element.fixed, element.pattern),
                // Corrected where it is known to be a mistake.
                match element.path.as_str() {
                    "Observation.component.value[x]" => String::new(),
                    _ => format!("binding {:?}", element.binding),
                },
                format!("slicing {:?}", element.slicing),
                format!("constraints {keys:?}"),
            ];
            (element.id.clone(), facts.map(plain))
        })
        .collect()
}

/// Some publishers leave an element's least number below the sum of its slices'; it means the same.
fn raise(node: &mut Node) {
    for child in node.children.iter_mut().chain(&mut node.slices) {
        raise(child);
    }
    let sum = node.slices.iter().map(|slice| slice.element.min()).sum();
    if sum > node.element.min() && Max::Times(sum) <= node.element.max() {
        node.element.min = Some(sum);
    }
}

/// Differences of a definition's own snapshot from the generated one; `None` if it has none.
fn differences(validator: &Validator, definition: &Arc<Value>) -> Option<Vec<String>> {
    let published: Vec<Element> = definition
        .pointer("/snapshot/element")?
        .as_array()?
        .iter()
        .filter_map(Element::read)
        .collect();
    // Ids as the tree has them.
    let mut published = Node::from_snapshot(published)?;
    raise(&mut published);
    let generated = match validator.generate_snapshot(definition) {
        Ok(generated) => generated,
        Err(error) => return Some(vec![error.to_string()]),
    };
    let published = facts(published.flatten());
    let generated = facts(generated.root.flatten());
    let mut out = Vec::new();
    for (id, facts) in &published {
        match generated.get(id) {
            None => out.push(format!("{id}: missing")),
            Some(own) => {
                for (own, published) in own.iter().zip(facts).filter(|(own, other)| own != other) {
                    out.push(format!("{id}: {own} instead of {published}"));
                }
            }
        }
    }
    Some(out)
}

#[test]
fn generated_snapshots_equal_published_ones() {
    let (Some(definitions), Some(validator)) = (super::DEFINITIONS.clone(), super::validator())
    else {
        return;
    };
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut urls: Vec<String> = definitions
        .canonicals(Kind::StructureDefinition)
        .map(str::to_owned)
        .collect();
    urls.sort();
    urls.dedup();
    let (mut same, mut all) = (0, 0);
    for url in urls.iter().filter(|url| url.contains(&only)) {
        let Some(definition) = definitions.structure(url) else {
            continue;
        };
        if definition.get("derivation").and_then(Value::as_str) != Some("constraint") {
            continue;
        }
        let Some(found) = differences(&validator, &definition) else {
            continue;
        };
        all += 1;
        same += usize::from(found.is_empty());
        for difference in found.iter().take(4) {
            println!("{url} {}", difference.chars().take(300).collect::<String>());
        }
    }
    println!("{same} of {all} snapshots equal");
    assert!(same * 100 >= all * 93, "{same} of {all}");
}
