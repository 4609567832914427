//! The binary as a user meets it: exit codes and messages for good and bad input.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use common::assay;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A server that answers every request with the same bytes.
fn canned(answer: &'static str) -> String {
    delayed(answer, std::time::Duration::ZERO)
}

/// A server that takes its time and then knows nothing.
#[cfg(unix)]
fn slow(delay: std::time::Duration) -> String {
    delayed(
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        delay,
    )
}

fn delayed(answer: &'static str, delay: std::time::Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}/fhir", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                std::thread::sleep(delay);
                let _ = stream.write_all(answer.as_bytes());
            });
        }
    });
    base
}

#[test]
fn the_embedded_provider_passes_and_reports_are_written() {
    let folder = folder();
    let done = assay(folder.path(), &["run"]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    for name in ["report.json", "junit.xml", "index.html", "exchanges.jsonl"] {
        assert!(
            folder.path().join("reports/latest").join(name).is_file(),
            "{name}"
        );
    }
    assert!(done.stdout.contains("index.html"), "{}", done.stdout);
}

#[test]
fn a_filter_that_selects_nothing_is_wrong_use() {
    let done = assay(folder().path(), &["run", "--filter", "no-such-test"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("no-such-test"), "{}", done.stderr);
}

#[test]
fn no_server_is_inconclusive_and_says_so() {
    let folder = folder();
    let port = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("bound")
        .port();
    let target = format!("http://127.0.0.1:{port}/fhir");
    let done = assay(folder.path(), &["run", "--target", &target]);
    assert_eq!(done.code, 4, "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains(&target) || done.stderr.contains(&target));
    assert!(folder.path().join("reports/latest/report.json").is_file());
}

#[test]
fn a_failed_tls_handshake_is_inconclusive_and_says_so() {
    let folder = folder();
    let target =
        canned("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let target = target.replace("http:", "https:");
    let done = assay(folder.path(), &["run", "--target", &target]);
    assert_eq!(done.code, 4, "{}{}", done.stdout, done.stderr);
    let said = done.stdout + &done.stderr;
    assert!(said.contains("TLS"), "{said}");
}

#[test]
fn html_instead_of_fhir_fails() {
    let folder = folder();
    let target = canned(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>",
    );
    let done = assay(folder.path(), &["run", "--target", &target]);
    assert_eq!(done.code, 1, "{}{}", done.stdout, done.stderr);
}

#[test]
fn a_server_that_always_fails_is_non_conformant() {
    let folder = folder();
    let target = canned(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops",
    );
    let done = assay(folder.path(), &["run", "--target", &target]);
    assert_eq!(done.code, 1, "{}{}", done.stdout, done.stderr);
}

#[test]
fn a_broken_case_file_is_reported_and_the_rest_still_runs() {
    let folder = folder();
    let cases = folder.path().join("cases/resource-access-provider");
    fs::create_dir_all(&cases).expect("a folder");
    fs::write(cases.join("broken.yaml"), "- id: [unclosed\n").expect("a file");
    let done = assay(folder.path(), &["run", "--suite", "cases"]);
    assert_eq!(done.code, 3, "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains("broken.yaml:"), "{}", done.stderr);
    assert!(folder.path().join("reports/latest/report.json").is_file());
}

#[test]
fn an_out_folder_that_cannot_be_made_is_said_before_the_run() {
    let folder = folder();
    fs::write(folder.path().join("taken"), "a file").expect("a file");
    let done = assay(folder.path(), &["run", "--out", "taken/reports"]);
    assert_eq!(done.code, 2, "{}{}", done.stdout, done.stderr);
    assert!(done.stderr.contains("--out"), "{}", done.stderr);
}

#[test]
fn a_mistyped_setting_is_named() {
    let folder = folder();
    fs::write(
        folder.path().join("fhir-assay.toml"),
        "patients = [\"p1\"]\n",
    )
    .expect("a file");
    let done = assay(folder.path(), &["run"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("fhir-assay.toml:1"), "{}", done.stderr);
    assert!(
        done.stderr.contains("did you mean `patient`?"),
        "{}",
        done.stderr
    );
}

#[test]
fn flags_win_over_the_file() {
    let folder = folder();
    fs::write(
        folder.path().join("fhir-assay.toml"),
        "filter = [\"no-such-test\"]\n",
    )
    .expect("a file");
    assert_eq!(assay(folder.path(), &["run"]).code, 2);
    let done = assay(folder.path(), &["run", "--filter", "capability"]);
    assert_ne!(done.code, 2, "{}", done.stderr);
}

#[test]
fn the_built_in_suite_is_clean() {
    let done = assay(folder().path(), &["lint"]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
}

#[test]
fn list_needs_no_network_and_names_requests() {
    let done = assay(folder().path(), &["list"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.contains("GET Condition?"), "{}", done.stdout);
}

#[test]
fn validate_tells_valid_from_invalid_from_unreadable() {
    let folder = folder();
    let path = folder.path();
    fs::write(
        path.join("good.json"),
        r#"{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"gender":"female"}"#,
    )
    .expect("a file");
    fs::write(
        path.join("bad.json"),
        "{\"resourceType\":\"Patient\",\n \"gender\":\"woman\"}",
    )
    .expect("a file");
    assert_eq!(assay(path, &["validate", "good.json"]).code, 0);
    let bad = assay(path, &["validate", "bad.json"]);
    assert_eq!(bad.code, 1);
    assert!(
        bad.stdout.contains("2:"),
        "line of the issue: {}",
        bad.stdout
    );
    fs::write(
        path.join("bad.xml"),
        "<Patient xmlns=\"http://hl7.org/fhir\">\n  <gender value=\"woman\"/>\n</Patient>",
    )
    .expect("a file");
    let bad = assay(path, &["validate", "bad.xml"]);
    assert_eq!(bad.code, 1);
    assert!(bad.stdout.contains("2:3 "), "{}", bad.stdout);
    assert_eq!(assay(path, &["validate", "absent.json"]).code, 2);
    assert_eq!(
        assay(
            path,
            &[
                "validate",
                "--profile",
                "http://no.such/profile",
                "good.json"
            ]
        )
        .code,
        2
    );
    let json = assay(
        path,
        &["validate", "--format", "json", "good.json", "bad.json"],
    );
    let lines: Vec<serde_json::Value> = json
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["file"], "bad.json");
    assert_eq!(lines[1]["outcome"]["resourceType"], "OperationOutcome");
}

#[test]
fn faults_are_listed_with_a_description_each() {
    let done = assay(folder().path(), &["serve", "--fault", "list"]);
    assert_eq!(done.code, 0);
    for line in done.stdout.lines() {
        let (name, description) = line.split_once("  ").expect("two spaces");
        assert!(
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{name}"
        );
        assert!(!description.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_writes_what_it_has() {
    let folder = folder();
    let target = slow(std::time::Duration::from_secs(2));
    let mut child = Command::new(env!("CARGO_BIN_EXE_fhir-assay"))
        .args(["run", "--patient", "p1", "--target", &target])
        .current_dir(folder.path())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut first = [0; 8];
    // Its first words: it is at work then.
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_exact(&mut first)
        .expect("words");
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill starts").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(4));
    let text =
        fs::read_to_string(folder.path().join("reports/latest/report.json")).expect("the record");
    let record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(record["run"]["interrupted"], true);
    assert_eq!(record["run"]["partial"], true);
}

#[test]
fn two_runs_differ_in_times_only() {
    let (first, second) = (folder(), folder());
    for folder in [&first, &second] {
        assert_eq!(assay(folder.path(), &["run"]).code, 0);
    }
    assert_eq!(timeless(first.path()), timeless(second.path()));
}

/// The record without times and without the embedded provider's port.
fn timeless(folder: &Path) -> serde_json::Value {
    let text = fs::read_to_string(folder.join("reports/latest/report.json")).expect("the record");
    let record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let base = record["run"]["target"]["url"]
        .as_str()
        .expect("the target")
        .trim_end_matches("/fhir/")
        .to_owned();
    // What the run made up so that nothing else has it: a name and 128 random bits.
    let unique =
        regex::Regex::new("(?:fhir-assay|write:|write%3A)[A-Za-z0-9_.-]{22}|submitted-[0-9]+")
            .expect("a pattern");
    let text = text.replace(&base, "BASE");
    let mut record = serde_json::from_str(&unique.replace_all(&text, "UNIQUE")).expect("JSON");
    strip(&mut record);
    record
}

fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|name, _| {
                !matches!(
                    name.as_str(),
                    "started" | "started_ms" | "duration_ms" | "timing"
                )
            });
            // Documents that are handed in, and what is made of them: times, and hashes of what is made up.
            let holds = |name| {
                members
                    .get(name)
                    .is_some_and(|value: &serde_json::Value| value.to_string().contains("UNIQUE"))
            };
            if holds("request") || holds("response") {
                members.remove("request");
                members.remove("response");
            }
            // Headers such as Date, and hashes and sizes of bodies that hold the port.
            members.retain(|name, _| !matches!(name.as_str(), "headers" | "sha256" | "size"));
            // What an authorization server says is about keys and times.
            let url = members
                .get("request")
                .and_then(|request| request["url"].as_str());
            if url.is_some_and(|url| url.contains("/authorization/")) {
                members.remove("request");
                members.remove("response");
            }
            members.values_mut().for_each(strip);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[test]
fn an_expression_that_the_engine_gives_up_on_is_not_checked_and_says_so() {
    let folder = folder();
    // Two constraints: a unit that makes the FHIRPath crate panic, and one longer than any stack.
    let unit = format!("1 '{}n\u{a5d6}{}' ~ 1 'g'", "1".repeat(34), "1".repeat(36));
    let long = "true and ".repeat(900) + "true";
    let constraint = |key: &str, expression: &str| {
        format!(r#"{{"key":"{key}","severity":"error","human":"h","expression":"{expression}"}}"#)
    };
    let profile = format!(
        r#"{{"resourceType":"StructureDefinition","url":"http://e/p","name":"P","status":"active","kind":"resource",
            "abstract":false,"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",
            "derivation":"constraint","differential":{{"element":[{{"id":"Patient","path":"Patient","constraint":[{},{}]}}]}}}}"#,
        constraint("x-1", &unit),
        constraint("x-2", &long)
    );
    fs::write(folder.path().join("profile.json"), profile).expect("a file");
    fs::write(
        folder.path().join("p.json"),
        r#"{"resourceType":"Patient"}"#,
    )
    .expect("a file");
    let arguments = [
        "validate",
        "p.json",
        "--package",
        "profile.json",
        "--profile",
        "http://e/p",
    ];
    let done = assay(folder.path(), &arguments);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    assert_eq!(done.stderr, "");
    assert!(
        done.stdout.contains("not checked: constraint x-1"),
        "{}",
        done.stdout
    );
    assert!(!done.stdout.contains("x-2"), "{}", done.stdout);
}

/// The schema stands by itself: another validator takes it, and finds what ours finds.
#[test]
fn a_profile_as_json_schema_finds_what_it_can_say() {
    let url = "http://hl7.eu/fhir/base/StructureDefinition/patient-eu-core";
    let done = assay(folder().path(), &["schema", url]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let schema: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
    let note = schema["$comment"].as_str().expect("a note");
    assert!(note.contains("constraints in FHIRPath"), "{note}");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let good = serde_json::json!({
        "resourceType": "Patient", "birthDate": "1970-01-01",
        "name": [{ "family": "F", "given": ["G"] }],
        "identifier": [{ "system": "urn:s", "value": "1" }],
    });
    assert!(validator.is_valid(&good));
    for (member, value) in [
        ("birthDate", serde_json::json!(1970)),
        ("name", serde_json::json!([])),
        ("nickname", serde_json::json!("N")),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        assert!(!validator.is_valid(&bad), "{member}");
    }
    let mut nameless = good.clone();
    nameless.as_object_mut().expect("an object").remove("name");
    assert!(!validator.is_valid(&nameless), "the profile wants a name");
    let done = assay(folder().path(), &["schema", "http://no.such/profile"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("no.such"), "{}", done.stderr);
}
