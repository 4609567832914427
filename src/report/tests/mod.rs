//! What is written, from a record made by hand.

mod fixture;
mod page;
mod schema;

use std::fs;
use std::path::PathBuf;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::{ReportError, Written, junit, prepare, read, summary_text, write_all};
use crate::http::exchange::Exchange;
use fixture::outcome;

/// Reads a document to its end with an XML parser and gives its elements and their attributes.
fn elements(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        let event = reader
            .read_event()
            .unwrap_or_else(|error| panic!("well-formed at {}: {error}", reader.error_position()));
        match event {
            Event::Start(element) | Event::Empty(element) => {
                let attributes = element.attributes().map(|attribute| {
                    let attribute = attribute.expect("a well-formed attribute");
                    let value = quick_xml::escape::unescape(&attribute.value)
                        .expect("known references")
                        .into_owned();
                    (attribute.key.into_inner().to_owned(), value)
                });
                let name = element.name().into_inner().to_owned();
                found.push((name, attributes.collect()));
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn junit_is_as_ci_systems_read_it() {
    let xml = junit::render(&outcome());
    insta::assert_snapshot!("junit", xml);
    let found = elements(&xml);
    let count = |name: &str| found.iter().filter(|(element, _)| element == name).count();
    assert_eq!(
        (count("testsuite"), count("testcase"), count("skipped")),
        (5, 11, 4)
    );
    assert_eq!(
        (count("failure"), count("error"), count("system-out")),
        (3, 1, 1)
    );
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(is_allowed), "XML 1.0 characters only");
}

#[test]
fn the_summary_says_what_to_look_at() {
    let written = Written {
        index: PathBuf::from("reports/latest/index.html"),
    };
    let text = summary_text(&outcome(), &written);
    assert!(!text.contains(['\u{1b}', '\u{0}', '\u{202e}']), "{text:?}");
    insta::assert_snapshot!("summary", text);
}

#[test]
fn long_bodies_are_whole_beside_the_record_and_cut_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let whole = outcome();
    let written = write_all(&whole, folder.path()).unwrap();
    assert_eq!(written.index, folder.path().join("index.html"));
    let lines = fs::read_to_string(folder.path().join("exchanges.jsonl")).unwrap();
    let exchanges: Vec<Exchange> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(exchanges, whole.exchanges);
    let record = read(&folder.path().join("report.json")).unwrap();
    let bodies = |exchanges: &[Exchange]| -> Vec<(u64, usize, bool)> {
        let responses = exchanges.iter().filter_map(|one| one.response.as_ref());
        responses
            .filter_map(|response| response.body.as_ref())
            .map(|body| {
                (
                    body.size,
                    body.text.as_ref().map_or(0, String::len),
                    body.cut,
                )
            })
            .collect()
    };
    let (full, cut) = (bodies(&whole.exchanges), bodies(&record.exchanges));
    assert_eq!(full[1], (fixture::LONG as u64, fixture::LONG, false));
    assert_eq!(cut[1], (fixture::LONG as u64, 4096, true));
    assert_eq!((full[0], full[2]), (cut[0], cut[2]));
}

#[test]
fn the_same_outcome_gives_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_all(&outcome(), one.path()).unwrap();
    write_all(&outcome(), two.path()).unwrap();
    for name in ["report.json", "junit.xml", "index.html", "exchanges.jsonl"] {
        let (one, two) = (one.path().join(name), two.path().join(name));
        assert_eq!(fs::read(one).unwrap(), fs::read(two).unwrap(), "{name}");
    }
}

#[test]
fn a_folder_that_cannot_be_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::write(&taken, "a file").unwrap();
    for problem in [
        prepare(&taken.join("below")).unwrap_err(),
        write_all(&outcome(), &taken.join("below")).unwrap_err(),
    ] {
        assert!(matches!(problem, ReportError::Unwritable { .. }));
        let text = problem.to_string();
        assert!(text.contains("taken") && text.contains("--out"), "{text}");
    }
}

#[test]
fn what_is_no_record_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    assert!(matches!(read(&path), Err(ReportError::Unreadable { .. })));
    fs::write(&path, Value::Null.to_string()).unwrap();
    assert!(matches!(read(&path), Err(ReportError::Malformed { .. })));
}
