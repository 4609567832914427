//! The embedded guides: every file loads, and says the same as the real package where that is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fhir_assay::definition::Definitions;
use fhir_assay::package::Package;
use fhir_assay::profile::Validator;
use serde_json::{Map, Value, json};

/// Folder below `definitions/` → the package it speaks of.
const GUIDES: &[(&str, &str)] = &[
    ("eu-base", "hl7.fhir.eu.base#2.0.0"),
    ("eu-extensions", "hl7.fhir.eu.extensions.r4#1.2.1-ci-build"),
    ("eu-mpd", "hl7.fhir.eu.mpd#1.0.0"),
    ("extensions", "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1"),
    (
        "health-data-api",
        "hl7.fhir.eu.health-data-api#1.0.0-ballot",
    ),
    ("ihe-mpd", "ihe.pharm.mpd.r4#1.0.0-comment-3"),
    ("ipa", "hl7.fhir.uv.ipa#1.1.0"),
    ("mhd", "ihe.iti.mhd#4.2.4-current"),
    ("mxde", "ihe.iti.mxde#1.3.1-current"),
    ("pdqm", "ihe.iti.pdqm#3.2.0"),
];

/// What profiles refer to and nobody here has: validation says that it was not checked.
const NOT_AT_HAND: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-";

/// Facts of an element; the rest of it is prose or bookkeeping.
const FACTS: &[&str] = &[
    "id",
    "path",
    "sliceName",
    "slicing",
    "min",
    "max",
    "contentReference",
    "maxLength",
    "mustSupport",
    "isModifier",
];

fn files() -> Vec<(PathBuf, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions");
    let mut found = Vec::new();
    for (guide, _) in GUIDES {
        for file in std::fs::read_dir(root.join(guide)).expect("a guide's folder") {
            let path = file.expect("a file").path();
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            found.push((
                path.clone(),
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}")),
            ));
        }
    }
    found
}

fn structures() -> impl Iterator<Item = (PathBuf, Value)> {
    files()
        .into_iter()
        .filter(|(_, file)| file["resourceType"] == "StructureDefinition")
}

#[test]
fn every_folder_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions");
    let folders: BTreeSet<String> = std::fs::read_dir(root)
        .expect("the folder")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect();
    assert_eq!(
        folders,
        GUIDES
            .iter()
            .map(|(folder, _)| (*folder).to_owned())
            .collect()
    );
}

#[test]
fn names_of_files_and_urls_agree() {
    for (path, definition) in structures() {
        let id = definition["id"].as_str().expect("an id");
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        assert_eq!(name, format!("StructureDefinition-{id}.json"));
        assert!(
            definition["url"].as_str().expect("a url").ends_with(id),
            "{path:?}"
        );
        assert!(
            definition.get("snapshot").is_none(),
            "{path:?}: snapshots are generated"
        );
    }
}

#[test]
fn everything_referred_to_is_at_hand_or_listed() {
    let definitions = Definitions::embedded();
    let mut missing = BTreeSet::new();
    for (_, definition) in structures() {
        let base = definition["baseDefinition"].as_str().map(str::to_owned);
        for url in base.into_iter().chain(referred(&definition)) {
            if definitions.structure(&url).is_none() && !url.starts_with(NOT_AT_HAND) {
                missing.insert(url);
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

fn referred(definition: &Value) -> Vec<String> {
    elements(definition)
        .flat_map(|element| element["type"].as_array().cloned().unwrap_or_default())
        .flat_map(|kind| [kind["profile"].clone(), kind["targetProfile"].clone()])
        .filter_map(|list| list.as_array().cloned())
        .flatten()
        .filter_map(|url| url.as_str().map(str::to_owned))
        .collect()
}

fn elements(definition: &Value) -> impl Iterator<Item = &Value> {
    definition["differential"]["element"]
        .as_array()
        .into_iter()
        .flatten()
}

#[test]
fn every_profile_compiles() {
    let validator = Validator::new(Definitions::embedded());
    for (path, definition) in structures() {
        let url = definition["url"].as_str().expect("a url").to_owned();
        if definition["type"] != "Extension" {
            validator
                .prepare(&[url])
                .unwrap_or_else(|error| panic!("{path:?}: {error}"));
        }
    }
}

#[test]
fn constraints_speak_in_words_of_our_own() {
    for (path, definition) in structures() {
        for constraint in elements(&definition).flat_map(|element| {
            element["constraint"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        }) {
            let human = constraint["human"].as_str().unwrap_or_default();
            assert!(
                !human.is_empty() && !human.contains("SHALL") && !human.contains("SHOULD"),
                "{path:?}: {human}"
            );
        }
    }
}

#[test]
fn the_guides_say_what_the_real_packages_say() {
    let shared = std::env::var_os("FHIR_ASSAY_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    if !shared.is_dir() {
        println!("skipped: no real packages at hand (FHIR_ASSAY_SHARED)");
        return;
    }
    let ours: BTreeMap<String, Value> = structures()
        .map(|(_, definition)| {
            (
                definition["url"].as_str().expect("a url").to_owned(),
                definition,
            )
        })
        .collect();
    let mut compared = 0;
    for (guide, package) in GUIDES {
        let path = shared.join("fhir-packages").join(format!("{package}.tgz"));
        let real = Package::load(path.to_str().expect("UTF-8")).expect("the package");
        let folder = Package::load(&format!(
            "{}/definitions/{guide}",
            env!("CARGO_MANIFEST_DIR")
        ))
        .expect("ours");
        assert_eq!(folder.manifest.id(), real.manifest.id());
        for resource in real.resources {
            if let Some(own) = ours.get(&*resource.entry.url) {
                let theirs: Value = serde_json::from_slice(&resource.json).expect("JSON");
                assert_eq!(facts(own), facts(&theirs), "{}", resource.entry.url);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, ours.len());
}

/// What a definition says, in one form.
fn facts(definition: &Value) -> Value {
    let head: Map<String, Value> = [
        "url",
        "version",
        "kind",
        "abstract",
        "type",
        "baseDefinition",
        "derivation",
        "context",
    ]
    .iter()
    .filter_map(|name| Some(((*name).to_owned(), definition.get(*name)?.clone())))
    .collect();
    let elements: BTreeMap<String, Value> = elements(definition)
        .map(|element| {
            (
                element["id"].as_str().unwrap_or_default().to_owned(),
                element_facts(element),
            )
        })
        .filter(|(_, facts)| facts.as_object().is_some_and(|facts| facts.len() > 2))
        .collect();
    json!({ "head": head, "elements": elements })
}

fn element_facts(element: &Value) -> Value {
    let members = element.as_object().cloned().unwrap_or_default();
    let mut facts: Map<String, Value> = members
        .into_iter()
        .filter(|(name, value)| {
            let name = name.trim_start_matches('_');
            let is_value = ["fixed", "pattern", "minValue", "maxValue"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
            let is_off = name == "isModifier" && value == false;
            (FACTS.contains(&name) && !is_off) || is_value
        })
        .collect();
    if let Some(slicing) = facts.get_mut("slicing") {
        *slicing = json!([
            slicing["discriminator"],
            slicing["ordered"],
            slicing["rules"]
        ]);
    }
    let kinds = |kind: &Value| json!([kind["code"], kind["profile"], kind["targetProfile"]]);
    if let Some(types) = element["type"].as_array() {
        facts.insert("type".to_owned(), types.iter().map(kinds).collect());
    }
    if element["binding"]["valueSet"].is_string() {
        let binding = &element["binding"];
        facts.insert(
            "binding".to_owned(),
            json!([binding["strength"], binding["valueSet"]]),
        );
    }
    if let Some(constraints) = element["constraint"].as_array() {
        let constraint = |one: &Value| json!([one["key"], one["severity"], one["expression"]]);
        facts.insert(
            "constraint".to_owned(),
            constraints.iter().map(constraint).collect(),
        );
    }
    Value::Object(facts)
}
