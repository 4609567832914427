//! FHIR XML over whole data sets: JSON → XML → JSON is the same, and a resource gets the same verdict
//! in both forms.

use std::path::{Path, PathBuf};

use fhir_assay::definition::Definitions;
use fhir_assay::fhir::{Issue, Severity};
use fhir_assay::profile::Validator;
use fhir_assay::xml::Xml;
use serde_json::Value;

fn embedded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider/data")
}

/// A folder of the data that lies beside the project; absent on most machines.
fn shared(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("FHIR_ASSAY_SHARED").map_or_else(beside, PathBuf::from);
    let folder = folder.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not here", folder.display());
    None
}

fn json_files(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "json") {
                let text = std::fs::read_to_string(&path).expect("text");
                if let Ok(value) = serde_json::from_str(&text) {
                    found.push((path, value));
                }
            }
        }
    }
    found
}

fn assert_round_trip(folder: &Path) {
    let mut count = 0;
    for (path, value) in json_files(folder) {
        if value.get("resourceType").is_none() {
            continue;
        }
        let name = path.display();
        let xml = Xml::embedded()
            .write(&value)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let document = Xml::embedded()
            .read(&xml)
            .unwrap_or_else(|issue| panic!("{name}: {issue:?}"));
        assert_eq!(document.issues, [], "{name}");
        assert!(
            document.value == value,
            "{name}: {}",
            difference(&value, &document.value)
        );
        count += 1;
    }
    assert!(count > 0, "{} has resources", folder.display());
}

/// The first place where two values differ.
fn difference(one: &Value, other: &Value) -> String {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys());
            let differs = |name: &&String| one.get(*name) != other.get(*name);
            names
                .into_iter()
                .find(differs)
                .map_or_else(String::new, |name| {
                    let none = Value::Null;
                    let (one, other) = (one.get(name), other.get(name));
                    format!(
                        "{name}/{}",
                        difference(one.unwrap_or(&none), other.unwrap_or(&none))
                    )
                })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find(|(_, (one, other))| one != other)
            .map_or_else(String::new, |(at, (one, other))| {
                format!("{at}/{}", difference(one, other))
            }),
        _ => format!(" {one} became {other}"),
    }
}

#[test]
fn the_embedded_data_survives_xml() {
    assert_round_trip(&embedded());
}

#[test]
fn sample_data_survives_xml() {
    if let Some(folder) = shared("samples") {
        assert_round_trip(&folder);
    }
}

fn errors(issues: &[Issue]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = issues
        .iter()
        .filter(|issue| issue.severity >= Severity::Error)
        .map(|issue| {
            // The same rule, in the words of each form.
            let rule = issue.rule.replace("xml-value", "json-type");
            (issue.location.expression.clone(), rule)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn the_verdict_is_the_same_in_both_forms() {
    let Some(folder) = shared("validator-cases/files") else {
        return;
    };
    let validator = Validator::new(Definitions::embedded());
    let mut compared = 0;
    for (path, value) in json_files(&folder) {
        // What JSON alone can say wrongly has no form in XML.
        let Ok(xml) = Xml::embedded().write(&value) else {
            continue;
        };
        let json = validator.validate_text(&value.to_string(), &[]);
        let found = validator.validate_text(&xml, &[]);
        assert_eq!(
            errors(&found.issues),
            errors(&json.issues),
            "{}",
            path.display()
        );
        let placed = found
            .issues
            .iter()
            .all(|issue| issue.location.line.is_some());
        assert!(placed, "{}", path.display());
        compared += 1;
    }
    assert!(compared > 50, "{compared} resources were compared");
}

/// Changes one place of a text, chosen by a number: a byte is lost, doubled, or becomes another.
fn changed(text: &str, number: u64) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = usize::try_from(number >> 8).expect("64 bits") % bytes.len();
    const OTHERS: &[u8] = b"<>/\"'&;= \n\0x!?-[";
    match number % 4 {
        0 => drop(bytes.remove(at)),
        1 => bytes.insert(at, bytes[at]),
        _ => bytes[at] = OTHERS[usize::try_from(number % 16).expect("small")],
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn damaged_documents_are_read_or_refused_without_a_panic() {
    let bundles = json_files(&embedded());
    let (mut number, mut refused) = (1_u64, 0);
    for (_, bundle) in bundles {
        for entry in bundle["entry"].as_array().expect("entries").iter().take(20) {
            let xml = Xml::embedded().write(&entry["resource"]).expect("XML");
            for _ in 0..40 {
                number = number
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                match Xml::embedded().read(&changed(&xml, number)) {
                    // What was read can be asked for its places, and be written or not.
                    Ok(mut document) => {
                        Xml::embedded().add_positions(&xml, &mut document.issues);
                        let _ = Xml::embedded().write(&document.value);
                    }
                    Err(issue) => {
                        assert!(issue.location.line.is_some());
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}
