//! What can be said of the guides without the packages they were taken from.

use std::collections::BTreeSet;

use fhir_assay::definition::Definitions;
use fhir_assay::package::Package;
use fhir_assay::profile::Validator;
use serde_json::Value;

use super::{File, GUIDES, definitions_folder, elements, files, items, resources, structures};

/// Profiles that are referred to and not at hand: extensions that carry an element of R5, from a
/// package that exists only for that. What stands in them is not checked, and validation says so.
const PROFILES_NOT_AT_HAND: &[&str] = &[
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-BodyStructure.includedStructure",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-Composition.version",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.composition",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-Immunization.administeredProduct",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-Immunization.informationSource",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationDispense.recorded",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationDispense.renderedDosageInstruction",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.effectiveDosePeriod",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationRequest.renderedDosageInstruction",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationStatement.adherence",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.bodyStructure",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.triggeredBy",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-Procedure.recorded",
];

/// Value sets of bindings stronger than example that are not at hand, and why.
const VALUE_SETS_NOT_AT_HAND: &[(&str, &str)] = &[
    (
        "http://hl7.eu/fhir/extensions/ValueSet/periods-of-life-vs",
        SNOMED,
    ),
    ("http://hl7.org/fhir/ValueSet/country", COUNTRIES),
    (
        "http://hl7.org/fhir/uv/ips/ValueSet/allergies-intolerances-uv-ips",
        SNOMED,
    ),
    (
        "http://hl7.org/fhir/uv/ips/ValueSet/allergy-reaction-uv-ips",
        SNOMED,
    ),
    (
        "http://hl7.org/fhir/uv/ips/ValueSet/problems-uv-ips",
        SNOMED,
    ),
    (
        "http://hl7.org/fhir/uv/ips/ValueSet/procedures-uv-ips",
        SNOMED,
    ),
    (
        "http://hl7.org/fhir/uv/ips/ValueSet/vaccines-uv-ips",
        SNOMED,
    ),
    (
        "http://ihe.net/fhir/ihe.formatcode.fhir/ValueSet/formatcode",
        "grows with every document profile; its package is a dependency of none of ours",
    ),
    (
        "http://terminology.hl7.org/ValueSet/jurisdiction",
        COUNTRIES,
    ),
];

const SNOMED: &str = "branches of SNOMED CT, which only a terminology server can tell";
const COUNTRIES: &str = "whole code systems of countries and regions";

/// Folders that hold only what the other guides refer to.
const REFERRED_TO_ONLY: &[&str] = &[
    "eu-extensions",
    "extensions",
    "ihe-mpd",
    "ips",
    "terminology",
];

/// Prose, and what a program fills in; never in these files.
const NOT_IN_THE_FILES: &[&str] = &[
    "text",
    "title",
    "description",
    "publisher",
    "contact",
    "copyright",
    "purpose",
    "date",
    "mapping",
    "short",
    "definition",
    "comment",
    "requirements",
    "alias",
    "example",
    "snapshot",
    "xpath",
];

#[test]
fn every_folder_is_listed() {
    let folders: BTreeSet<String> = std::fs::read_dir(definitions_folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect();
    let listed = GUIDES.iter().map(|(folder, _)| (*folder).to_owned());
    assert_eq!(folders, listed.collect());
}

#[test]
fn a_manifest_names_the_package_and_what_it_builds_on() {
    for (folder, id) in GUIDES {
        let path = definitions_folder().join(folder);
        let package = Package::load(&path.to_string_lossy()).expect("a package");
        assert_eq!(package.manifest.id(), *id);
        assert!(!package.manifest.canonical.is_empty(), "{folder}");
        let foreign: BTreeSet<String> = package
            .manifest
            .needs()
            .map(|id| id.to_string())
            .filter(|id| id != "hl7.fhir.r4.core#4.0.1")
            .filter(|id| GUIDES.iter().all(|(_, known)| known != id))
            .collect();
        assert_eq!(foreign, BTreeSet::new(), "{folder}");
    }
}

#[test]
fn names_of_files_and_urls_agree() {
    for file in resources() {
        let (kind, id) = (file.text_of("resourceType"), file.text_of("id"));
        assert_eq!(file.name(), format!("{kind}-{id}.json"));
        let url = file.text_of("url");
        assert!(url.ends_with(&format!("/{kind}/{id}")), "{url}");
    }
}

#[test]
fn elements_are_named_by_their_paths() {
    for file in structures() {
        let mut seen = BTreeSet::new();
        for element in elements(&file.json) {
            let id = element["id"].as_str().expect("an id");
            let path: Vec<&str> = id
                .split('.')
                .filter_map(|step| step.split(':').next())
                .collect();
            assert_eq!(element["path"], path.join("."), "{}", file.path.display());
            let slice = id
                .rsplit('.')
                .next()
                .and_then(|last| Some(last.split_once(':')?.1));
            if let Some(slice) = slice {
                assert_eq!(element["sliceName"], slice, "{id}");
            }
            assert!(
                seen.insert(id),
                "{id} stands twice in {}",
                file.path.display()
            );
        }
    }
}

#[test]
fn files_are_written_in_one_form() {
    for file in files() {
        let begin = if file.name() == "package.json" {
            "name"
        } else {
            "resourceType"
        };
        assert!(
            file.text.starts_with(&format!("{{\n  \"{begin}\": ")) && file.text.ends_with("\n}\n"),
            "{}: begins with {begin}, ends with one line feed",
            file.path.display()
        );
        let pretty = serde_json::to_string_pretty(&file.json).expect("JSON");
        assert_eq!(lines(&file.text), lines(&pretty), "{}", file.path.display());
    }
}

/// The lines in an order that does not depend on that of the members.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(','))
        .collect();
    lines.sort_unstable();
    lines
}

#[test]
fn there_is_no_prose() {
    for file in resources() {
        let mut members = BTreeSet::new();
        collect_members(&file.json, &mut members);
        let prose: Vec<&&str> = NOT_IN_THE_FILES
            .iter()
            .filter(|name| members.contains(**name))
            .collect();
        assert!(prose.is_empty(), "{}: {prose:?}", file.path.display());
    }
}

/// Names of all members but those inside of fixed values and patterns.
fn collect_members<'v>(value: &'v Value, into: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                into.insert(name);
                if !name.starts_with("pattern") && !name.starts_with("fixed") {
                    collect_members(value, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_members(item, into)),
        _ => {}
    }
}

#[test]
fn profiles_referred_to_are_at_hand_or_listed() {
    let definitions = Definitions::embedded();
    let missing: BTreeSet<String> = structures()
        .iter()
        .flat_map(|file| profiles_of(&file.json))
        .filter(|url| definitions.structure(url).is_none())
        .collect();
    assert_eq!(
        missing,
        PROFILES_NOT_AT_HAND
            .iter()
            .map(|url| (*url).to_owned())
            .collect()
    );
}

/// Base, type profiles and target profiles.
fn profiles_of(definition: &Value) -> Vec<String> {
    elements(definition)
        .flat_map(|element| items(&element["type"]))
        .flat_map(|kind| items(&kind["profile"]).chain(items(&kind["targetProfile"])))
        .chain([&definition["baseDefinition"]])
        .filter_map(|url| url.as_str().map(str::to_owned))
        .collect()
}

#[test]
fn value_sets_referred_to_are_at_hand_or_listed() {
    let definitions = Definitions::embedded();
    let missing: BTreeSet<String> = structures()
        .iter()
        .flat_map(|file| elements(&file.json))
        .filter(|element| element["binding"]["strength"] != "example")
        .filter_map(|element| element["binding"]["valueSet"].as_str())
        .filter(|url| definitions.value_set(url).is_none())
        .map(str::to_owned)
        .collect();
    let listed = VALUE_SETS_NOT_AT_HAND
        .iter()
        .map(|(url, _)| (*url).to_owned());
    assert_eq!(missing, listed.collect());
}

#[test]
fn nothing_is_there_without_being_referred_to() {
    let files = resources();
    let used: BTreeSet<String> = files.iter().flat_map(|file| uses(&file.json)).collect();
    let idle: Vec<&str> = files
        .iter()
        .filter(|file| REFERRED_TO_ONLY.contains(&file.folder))
        .map(|file| file.text_of("url"))
        .filter(|url| !used.contains(*url))
        .collect();
    assert_eq!(idle, Vec::<&str>::new());
}

/// Everything that a resource refers to: profiles, value sets, code systems.
fn uses(resource: &Value) -> Vec<String> {
    let bound = elements(resource).map(|element| &element["binding"]["valueSet"]);
    let systems = items(&resource["compose"]["include"]).map(|include| &include["system"]);
    bound
        .chain(systems)
        .filter_map(|url| url.as_str().map(str::to_owned))
        .chain(profiles_of(resource))
        .collect()
}

#[test]
fn every_structure_compiles() {
    let validator = Validator::new(Definitions::embedded());
    for file in structures() {
        let url = file.text_of("url").to_owned();
        validator
            .prepare(&[url])
            .unwrap_or_else(|error| panic!("{}: {error}", file.path.display()));
    }
}

#[test]
fn constraints_say_what_to_do() {
    for file in structures() {
        for constraint in elements(&file.json).flat_map(|element| items(&element["constraint"])) {
            let human = constraint["human"].as_str().unwrap_or_default();
            assert!(is_fragment(human), "{}: {human}", file.path.display());
        }
    }
}

/// A lowercase fragment that can follow other text, without the words of a specification.
fn is_fragment(human: &str) -> bool {
    human.starts_with(char::is_lowercase)
        && !human.ends_with('.')
        && !human.contains("SHALL")
        && !human.contains("SHOULD")
}

#[test]
fn value_sets_hold_codes() {
    for file in resources().iter().filter(|file| file.is("ValueSet")) {
        let includes: Vec<&Value> = items(&file.json["compose"]["include"]).collect();
        assert!(!includes.is_empty(), "{}", file.path.display());
        assert!(
            includes.iter().all(|include| says_something(include)),
            "{}",
            file.path.display()
        );
    }
}

fn says_something(include: &Value) -> bool {
    include["system"].is_string() || items(&include["valueSet"]).next().is_some()
}

/// So that a test that takes files one by one cannot pass by finding none.
#[test]
fn there_are_files() {
    let count = |kind: &str| {
        resources()
            .iter()
            .filter(|file: &&File| file.is(kind))
            .count()
    };
    assert!(count("StructureDefinition") >= 85);
    assert!(count("ValueSet") >= 10);
}
