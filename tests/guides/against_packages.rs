//! The guides held against the real packages, fact by fact.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use fhir_assay::package::Package;
use serde_json::{Map, Value};

use super::{File, GUIDES, elements, items, resources};

/// What the real packages say and ours leave out on purpose, by where it stands: the member's name,
/// or the URL of an extension.
const LEFT_OUT: &[(&str, &str)] = &[
    ("alias", "prose"),
    ("comment", "prose"),
    ("contact", "prose"),
    ("copyright", "prose"),
    ("definition", "prose"),
    ("description", "prose"),
    ("display", "prose"),
    ("example", "prose"),
    ("publisher", "prose"),
    ("purpose", "prose"),
    ("requirements", "prose"),
    ("short", "prose"),
    ("text", "prose"),
    ("title", "prose"),
    (
        "human",
        "ours are sentences of our own; compared by a test of their own",
    ),
    ("date", "when it was published"),
    ("experimental", "how it was published"),
    ("identifier", "another name of the same definition"),
    ("jurisdiction", "who published it for whom"),
    ("mapping", "to other standards"),
    ("meta", "how it was published"),
    ("property", "prose on a code"),
    ("snapshot", "generated"),
    ("source", "the definition that it stands in"),
    ("useContext", "who published it for whom"),
    ("xpath", "the expression says the same"),
    (
        "http://hl7.org/fhir/StructureDefinition/obligation",
        "what a system can do; not seen in a resource",
    ),
    (
        "http://hl7.org/fhir/tools/StructureDefinition/additional-binding",
        "only preferred and candidate value sets, which nothing follows from",
    ),
    (
        "http://hl7.org/fhir/tools/StructureDefinition/binding-definition",
        "prose",
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/elementdefinition-bindingName",
        "a name for generated code",
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-fmm",
        "maturity",
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-hierarchy",
        "that references make no circle; not seen in one resource",
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status",
        "maturity",
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status-reason",
        "maturity",
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-type-characteristics",
        "of the type, which R4 defines",
    ),
    (
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-wg",
        "who wrote it",
    ),
];

/// Our resource and the one of the same canonical in the real package.
struct Pair {
    ours: File,
    theirs: Value,
}

/// Every pair; nothing where the real packages are not at hand.
fn pairs() -> Vec<Pair> {
    let shared = std::env::var_os("FHIR_ASSAY_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    if !shared.is_dir() {
        println!("skipped: no real packages at hand (FHIR_ASSAY_SHARED)");
        return Vec::new();
    }
    let mut files = resources();
    GUIDES
        .iter()
        .flat_map(|(folder, package)| {
            let path = shared.join("fhir-packages").join(format!("{package}.tgz"));
            let real = Package::load(&path.to_string_lossy()).expect("the real package");
            files
                .extract_if(.., |file| file.folder == *folder)
                .map(|ours| Pair {
                    theirs: same_in(&real, &ours),
                    ours,
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

fn same_in(package: &Package, file: &File) -> Value {
    let url = file.text_of("url");
    let found = package
        .resources
        .iter()
        .find(|resource| *resource.entry.url == *url)
        .unwrap_or_else(|| panic!("{url} is not in {}", package.manifest.id()));
    serde_json::from_slice(&found.json).expect("JSON")
}

#[test]
fn the_guides_say_what_the_real_packages_say() {
    let mut differences = Vec::new();
    for pair in pairs() {
        let (ours, theirs) = (facts(&pair.ours.json), facts(&pair.theirs));
        let places: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for place in places {
            let (own, real) = (ours.get(place), theirs.get(place));
            if own != real {
                let url = pair.ours.text_of("url");
                differences.push(format!("{url} {place}: ours {own:?}, theirs {real:?}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A profile's differential is read in order: slices follow what they slice.
#[test]
fn elements_stand_in_the_same_order() {
    for pair in pairs() {
        let ours: Vec<&Value> = elements(&pair.ours.json)
            .map(|element| &element["id"])
            .collect();
        let theirs: Vec<&Value> = elements(&pair.theirs)
            .map(|element| &element["id"])
            .filter(|id| ours.contains(id))
            .collect();
        assert_eq!(ours, theirs, "{}", pair.ours.path.display());
    }
}

#[test]
fn no_sentence_is_taken_over() {
    for pair in pairs() {
        let sentences = |definition: &Value| -> BTreeSet<String> {
            elements(definition)
                .flat_map(|element| items(&element["constraint"]))
                .filter_map(|constraint| Some(constraint["human"].as_str()?.to_lowercase()))
                .collect()
        };
        let (ours, theirs) = (sentences(&pair.ours.json), sentences(&pair.theirs));
        assert!(ours.is_disjoint(&theirs), "{}", pair.ours.path.display());
    }
}

#[test]
fn what_is_left_out_is_really_there() {
    let pairs = pairs();
    let mut names = BTreeSet::new();
    for pair in &pairs {
        collect_names(&pair.theirs, &mut names);
    }
    let idle: Vec<&str> = LEFT_OUT
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !pairs.is_empty() && !names.contains(name))
        .collect();
    assert_eq!(idle, Vec::<&str>::new());
}

/// Names of members and URLs of extensions.
fn collect_names<'v>(value: &'v Value, names: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => {
            names.extend(value["url"].as_str());
            for (name, value) in members {
                names.insert(name);
                collect_names(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

/// What a resource says: place → value. A place is a member, or a member of an element.
fn facts(resource: &Value) -> BTreeMap<String, Value> {
    let mut facts = BTreeMap::new();
    for (name, value) in without_prose(resource, "") {
        if name != "differential" {
            facts.insert(name, value);
        }
    }
    for element in elements(resource) {
        let id = element["id"].as_str().unwrap_or_default();
        for (name, value) in without_prose(element, "element") {
            // An element that says nothing but where it is has no facts.
            if name != "id" && name != "path" {
                facts.insert(format!("{id} {name}"), value);
            }
        }
    }
    facts
}

fn without_prose(value: &Value, within: &str) -> Map<String, Value> {
    match facts_of(value, within) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// The value without what is left out; fixed values and patterns are whole.
fn facts_of(value: &Value, name: &str) -> Value {
    if name.starts_with("fixed") || name.starts_with("pattern") {
        return value.clone();
    }
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(name, value)| !is_left_out(name) || is_filter(name, value))
                .map(|(name, value)| (name.clone(), facts_of(value, name)))
                .filter(|(_, value)| !is_nothing(value))
                .collect(),
        ),
        Value::Array(items) => items
            .iter()
            .filter(|item| name != "extension" || !item["url"].as_str().is_some_and(is_left_out))
            .map(|item| facts_of(item, ""))
            .collect(),
        _ => value.clone(),
    }
}

fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|(left_out, _)| *left_out == name)
}

/// The property that a value set filters by, unlike the properties that a code system describes.
fn is_filter(name: &str, value: &Value) -> bool {
    name == "property" && value.is_string()
}

fn is_nothing(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}
