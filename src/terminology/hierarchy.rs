//! Which concepts stand below which (FHIR R4, CodeSystem, section "Hierarchy").

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::concept::{Concept, fold};

/// All concepts of a definition, nested ones too, by their code.
pub(super) fn collect(definition: &Value, ignore_case: bool) -> HashMap<String, Concept> {
    let mut concepts: HashMap<String, Concept> = HashMap::new();
    let mut open = vec![(None, &definition["concept"])];
    while let Some((parent, mentions)) = open.pop() {
        for mention in mentions.as_array().into_iter().flatten() {
            let Some(code) = mention["code"].as_str() else {
                continue;
            };
            let code = fold(code, ignore_case).into_owned();
            let concept = concepts.entry(code.clone()).or_default();
            concept.learn(mention);
            concept.parents.extend(parent.clone());
            open.push((Some(code), &mention["concept"]));
        }
    }
    link_by_property(&mut concepts, ignore_case);
    concepts
}

/// Hierarchies may also be told by properties: of the lower concept, or of the upper one.
fn link_by_property(concepts: &mut HashMap<String, Concept>, ignore_case: bool) {
    let folded = |code: &str| fold(code, ignore_case).into_owned();
    let mut links: Vec<(String, String)> = Vec::new();
    for (code, concept) in concepts.iter() {
        for name in ["parent", "subsumedBy"] {
            let above = concept.values(name).into_iter();
            links.extend(above.map(|parent| (code.clone(), folded(parent))));
        }
        let below = concept.values("child").into_iter();
        links.extend(below.map(|child| (folded(child), code.clone())));
    }
    for (child, parent) in links {
        if let Some(concept) = concepts.get_mut(&child)
            && !concept.parents.contains(&parent)
        {
            concept.parents.push(parent);
        }
    }
}

/// The codes below a code; `None` where there is no such code.
pub(super) fn descendants<'a>(
    concepts: &'a HashMap<String, Concept>,
    root: &str,
    with_root: bool,
) -> Option<HashSet<&'a str>> {
    let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
    for (code, concept) in concepts {
        for parent in &concept.parents {
            children.entry(parent).or_default().push(code);
        }
    }
    let (root, _) = concepts.get_key_value(root)?;
    let mut found = closure(root, |code| {
        children.get(code).into_iter().flatten().copied()
    });
    if !with_root {
        found.remove(root.as_str());
    }
    Some(found)
}

/// A code and the codes above it; `None` where there is no such code.
pub(super) fn ancestors<'a>(
    concepts: &'a HashMap<String, Concept>,
    leaf: &str,
) -> Option<HashSet<&'a str>> {
    let (leaf, _) = concepts.get_key_value(leaf)?;
    Some(closure(leaf, |code| {
        let parents = concepts.get(code).map(|concept| concept.parents.iter());
        parents.into_iter().flatten().map(String::as_str)
    }))
}

/// Everything that is reached from a code, itself included; circles do no harm.
fn closure<'a, I: Iterator<Item = &'a str>>(
    start: &'a str,
    next: impl Fn(&'a str) -> I,
) -> HashSet<&'a str> {
    let mut found = HashSet::from([start]);
    let mut open = vec![start];
    while let Some(code) = open.pop() {
        for reached in next(code) {
            if found.insert(reached) {
                open.push(reached);
            }
        }
    }
    found
}
