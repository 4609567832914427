//! Generated snapshots against published ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir_assay::definition::Definitions;
use fhir_assay::package::{Kind, Package};
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

/// Whether the facts of an element that is not listed are those of the type of the element above it.
fn follows_from_type(
    definitions: &Definitions,
    listed: &BTreeMap<String, Element>,
    id: &str,
    facts: &[String; 7],
) -> bool {
    let above = id
        .match_indices('.')
        .rev()
        .find_map(|(end, _)| Some((end, listed.get(&id[..end])?)));
    let Some((end, above)) = above else {
        return false;
    };
    let [only] = above.types.as_slice() else {
        return false;
    };
    let definition = match only.profiles.first() {
        Some(profile) => definitions.structure(profile),
        None => definitions.type_definition(&only.code),
    };
    let tree = definition.and_then(|definition| tree_of(&definition));
    let of_type = tree.map(|tree| self::facts(tree.flatten()));
    of_type.is_some_and(|of_type| {
        let suffix = &id[end..];
        of_type.iter().any(|(id, known)| {
            known == facts
                && id
                    .split_once('.')
                    .is_some_and(|(_, rest)| rest == &suffix[1..])
        })
    })
}

/// The tree of a definition's own snapshot.
fn tree_of(definition: &Value) -> Option<Node> {
    let elements = definition.pointer("/snapshot/element")?.as_array()?;
    Node::from_snapshot(elements.iter().filter_map(Element::read))
}

/// Differences of a definition's own snapshot from the generated one; `None` if it has none.
fn differences(
    validator: &Validator,
    definitions: &Definitions,
    definition: &Arc<Value>,
) -> Option<Vec<String>> {
    let mut published = tree_of(definition)?;
    raise(&mut published);
    let generated = match validator.generate_snapshot(definition) {
        Ok(generated) => generated,
        Err(error) => return Some(vec![error.to_string()]),
    };
    let published = facts(published.flatten());
    let listed: BTreeMap<String, Element> = generated
        .root
        .flatten()
        .into_iter()
        .map(|element| (element.id.clone(), element.clone()))
        .collect();
    let generated = facts(generated.root.flatten());
    let mut out = Vec::new();
    // An element that is only implied by what stands below it has no id of its own.
    for (id, facts) in published.iter().filter(|(id, _)| !id.is_empty()) {
        match generated.get(id) {
            None if follows_from_type(definitions, &listed, id, facts) => {}
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

/// Packages whose published snapshots are compared, with those that they build on.
const COMPARED: &[(&str, &[&str])] = &[
    ("hl7.fhir.r4.core#4.0.1", &[]),
    ("hl7.fhir.us.core#6.1.0", &["hl7.fhir.r4.core#4.0.1"]),
    ("hl7.fhir.uv.ips#2.0.0", &["hl7.fhir.r4.core#4.0.1"]),
    ("hl7.fhir.uv.ipa#1.0.0", &["hl7.fhir.r4.core#4.0.1"]),
];

/// Profiles of which the published snapshot is another one, and why ours stands.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "http://hl7.org/fhir/StructureDefinition/provenance-relevant-history",
        SLICE_WITHOUT_SIBLINGS,
    ),
    (
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-provenance",
        SLICE_WITHOUT_SIBLINGS,
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-json-type",
        OLD_EXTENSION,
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-rdf-type",
        OLD_EXTENSION,
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-xml-type",
        OLD_EXTENSION,
    ),
];

const SLICE_WITHOUT_SIBLINGS: &str =
    "leaves out of its slices what the differential says of the children of every item";
const OLD_EXTENSION: &str =
    "was made from an Extension without types and constraints, of FHIR 4.0.0";

#[test]
fn generated_snapshots_equal_published_ones() {
    let Some(shared) = super::shared() else {
        return;
    };
    let load = |name: &str| {
        let file = shared.join(format!("fhir-packages/{name}.tgz"));
        Package::load(&file.to_string_lossy()).unwrap_or_else(|error| panic!("{error}"))
    };
    let only = std::env::var("ONLY").unwrap_or_default();
    let (mut same, mut all, mut unexpected) = (0, 0, Vec::new());
    for (name, below) in COMPARED {
        let own = Definitions::empty().with_package(load(name));
        let mut definitions = Definitions::embedded();
        for name in below.iter().chain([name]) {
            definitions = definitions.with_package(load(name));
        }
        let validator = Validator::new(definitions.clone());
        let (mut equal, mut compared) = (0, 0);
        for url in own
            .canonicals(Kind::StructureDefinition)
            .filter(|url| url.contains(&only))
        {
            let is_complete = |definition: &Value| {
                let base = definition["baseDefinition"].as_str().unwrap_or_default();
                definition["derivation"] == "constraint" && definitions.structure(base).is_some()
            };
            let Some(found) = own
                .structure(url)
                .filter(|definition| is_complete(definition))
                .and_then(|definition| differences(&validator, &definitions, &definition))
            else {
                continue;
            };
            compared += 1;
            equal += usize::from(found.is_empty());
            let is_known = DIFFERENT.iter().any(|(known, _)| known == &url);
            if found.is_empty() == is_known {
                unexpected.push(url.to_owned());
            }
            for difference in found.iter().take(4) {
                println!("{url} {}", difference.chars().take(300).collect::<String>());
            }
        }
        println!("{name}: {equal} of {compared} snapshots equal");
        same += equal;
        all += compared;
    }
    println!("{same} of {all} snapshots equal");
    if only.is_empty() {
        assert!(
            unexpected.is_empty(),
            "different, or listed as such: {unexpected:#?}"
        );
        assert!(same * 100 >= all * 99, "{same} of {all}");
    }
}
