//! The official FHIRPath suite for R4 (the part whose input is at hand), where it is present.

use std::path::{Path, PathBuf};

use fhir_assay::definition::Definitions;
use fhir_assay::fhirpath::Focus;
use fhir_assay::profile::Validator;
use regex::Regex;
use serde_json::Value;

fn shared() -> PathBuf {
    match std::env::var_os("FHIR_ASSAY_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Texts of dates and quantities are compared without their marks.
fn same(found: &str, wanted: &str) -> bool {
    let normal = |text: &str| text.trim_start_matches(['@', 'T']).replace(".000", "");
    found == wanted
        || normal(found) == normal(wanted)
        || found
            .parse::<f64>()
            .ok()
            .zip(wanted.parse::<f64>().ok())
            .is_some_and(|(a, b)| a == b)
}

#[test]
fn official_suite() {
    let Ok(suite) = std::fs::read_to_string(shared().join("fhirpath-tests/tests-fhir-r4.xml"))
    else {
        println!("skipped: the suite is not at hand");
        return;
    };
    let read = |name: &str| -> Option<Value> {
        let text = std::fs::read_to_string(shared().join("samples/hl7ex").join(name)).ok()?;
        serde_json::from_str(&text).ok()
    };
    let (Some(patient), Some(observation)) = (
        read("Patient-example.json"),
        read("Observation-example.json"),
    ) else {
        println!("skipped: the inputs are not at hand");
        return;
    };
    let validator = Validator::new(Definitions::embedded());
    let engine = validator.fhirpath();
    let test = Regex::new(r"(?s)<test ([^>]*)>(.*?)</test>").expect("regex");
    let attribute = Regex::new(r#"(\w+)="([^"]*)""#).expect("regex");
    let expression = Regex::new(r"(?s)<expression([^>]*)>(.*?)</expression>").expect("regex");
    let output = Regex::new(r#"(?s)<output type="(\w+)"\s*(?:/>|>(.*?)</output>)"#).expect("regex");
    let (mut all, mut passed) = (0, 0);
    for found in test.captures_iter(&suite) {
        let attributes: Vec<(&str, &str)> = attribute
            .captures_iter(found.get(1).map_or("", |part| part.as_str()))
            .map(|part| {
                (
                    part.get(1).map_or("", |p| p.as_str()),
                    part.get(2).map_or("", |p| p.as_str()),
                )
            })
            .collect();
        let get = |name: &str| {
            attributes
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| *value)
        };
        let input = match get("inputfile") {
            Some("patient-example.xml") => &patient,
            Some("observation-example.xml") => &observation,
            _ => continue,
        };
        let body = found.get(2).map_or("", |part| part.as_str());
        let Some(parts) = expression.captures(body) else {
            continue;
        };
        let invalid = parts[1].contains("invalid");
        let text = unescape(&parts[2]);
        let wanted: Vec<String> = output
            .captures_iter(body)
            .map(|part| unescape(part.get(2).map_or("", |text| text.as_str())))
            .collect();
        let result = engine.evaluate(&text, input, Focus::of(input));
        let good = match (&result, invalid) {
            (Err(_), invalid) => invalid,
            (Ok(_), true) => false,
            (Ok(values), false) if get("predicate") == Some("true") => {
                wanted == [(!values.is_empty()).to_string()]
                    || wanted == values.iter().map(plain).collect::<Vec<_>>()
            }
            (Ok(values), false) => {
                values.len() == wanted.len()
                    && values
                        .iter()
                        .zip(&wanted)
                        .all(|(found, wanted)| same(&plain(found), wanted))
            }
        };
        all += 1;
        passed += usize::from(good);
        if !good {
            println!(
                "{} `{}`: wanted {wanted:?} (invalid {invalid}), got {result:?}",
                get("name").unwrap_or_default(),
                text.trim()
            );
        }
    }
    println!("{passed} of {all}");
    assert!(passed * 100 >= all * 80, "{passed} of {all}");
}
