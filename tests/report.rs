//! The reports of a real run, made by the program itself.

mod common;

use std::fs;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

fn assay(folder: &Path, arguments: &[&str]) {
    let done = common::assay(folder, arguments);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
}

fn assert_well_formed(xml: &str) {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return,
            Ok(_) => {}
            Err(error) => panic!("{error} at {}", reader.error_position()),
        }
    }
}

#[test]
fn a_real_record_keeps_the_schema_and_makes_the_other_reports_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let path = one.to_string_lossy().into_owned();
    // Some of each kind: with issues, with a body in the request, with several pages.
    assay(
        folder.path(),
        &[
            "run",
            "--out",
            &path,
            "--filter",
            "content-base",
            "--filter",
            "by-post",
            "--filter",
            "paging",
        ],
    );
    let record = fs::read_to_string(one.join("report.json")).expect("the record");
    let record: Value = serde_json::from_str(&record).expect("JSON");
    let schema: Value = serde_json::from_str(fhir_assay::report::SCHEMA).expect("the schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&record)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(
        record["exchanges"]
            .as_array()
            .is_some_and(|all| !all.is_empty()),
        "a run with exchanges"
    );

    let rebuilt = two.to_string_lossy().into_owned();
    let from = one.join("report.json").to_string_lossy().into_owned();
    assay(folder.path(), &["report", &from, "--out", &rebuilt]);
    for name in ["index.html", "junit.xml"] {
        let text = fs::read_to_string(one.join(name)).expect(name);
        assert!(
            fs::read_to_string(two.join(name)).expect(name) == text,
            "{name} is made from the record alone"
        );
        assert_well_formed(&text);
    }
    let lines = fs::read_to_string(one.join("exchanges.jsonl")).expect("the exchanges");
    assert_eq!(
        Some(lines.lines().count()),
        record["exchanges"].as_array().map(Vec::len)
    );
}
