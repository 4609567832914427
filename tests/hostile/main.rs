//! Targets that hang, lie, break off or never end: each run ends in bounded time, with the verdict
//! that says whose fault it is.

mod client;
mod target;

use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fhir_assay::config::{FileSettings, PatientKey, RunConfig};
use fhir_assay::definition::Definitions;
use fhir_assay::event::Event;
use fhir_assay::http::Secret;
use fhir_assay::outcome::{Evidence, RunOutcome, SkipKind, TestOutcome, Verdict};
use fhir_assay::profile::Validator;
use fhir_assay::runner::{Listener, Run};
use fhir_assay::suite::Suite;
use tokio::sync::watch;
use tokio::time::timeout;
use url::Url;

use target::{Asked, Reply, Target, answer, fhir};

/// A run takes no longer, whatever the target does.
const BOUND: Duration = Duration::from_secs(60);

/// Enough for any answer that comes at all, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);
/// For answers that do not come.
const SHORT: Duration = Duration::from_secs(1);

const CASES: &str = r#"
- id: hostile-read
  title: A read is answered
  actor: resource-access-provider
  group: read
  type: Patient
  verifies: [EHDA-RAP-REST-001]
  steps:
    - request: { read: { type: Patient, id: p1 } }
      expect: [ { status: 200 }, { resource: Patient } ]

- id: hostile-search
  title: A search is answered
  actor: resource-access-provider
  group: search
  type: Condition
  verifies: [EHDA-RAP-REST-001]
  steps:
    - request: { search: { type: Condition, query: { patient: p1 }, pages: all } }
      expect: [ { status: 200 }, { bundle: searchset } ]

- id: hostile-probe
  title: A probe is refused
  actor: resource-access-provider
  group: search
  type: Condition
  verifies: [EHDA-RAP-REST-001]
  steps:
    - request: { search: { type: Condition, max-body: 1024 } }
      expect: [ { at-most: 0 } ]

- id: hostile-sequel
  title: What a step needs of one before it is missing
  actor: resource-access-provider
  group: read
  type: Patient
  verifies: [EHDA-RAP-REST-001]
  steps:
    - request: { read: { type: Patient, id: p1 } }
      expect: [ { should: { expect: [ { status: 200 } ] } } ]
      capture: { doctor: generalPractitioner.reference }
    - request: { get: { path: "{doctor}" } }
      expect: [ { status: 200 } ]
"#;

/// The suite with the cases above.
fn suite() -> Suite {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("hostile.yaml"), CASES).expect("written");
    let suite = Suite::load(&[folder.path()]);
    assert!(!suite.is_broken(), "{:?}", suite.diagnostics);
    suite
}

fn settings() -> RunConfig {
    let mut config = FileSettings::default().resolve().expect("defaults");
    config.patients = vec![PatientKey::Id("p1".into()), PatientKey::Id("p2".into())];
    config.evidence = Some(Evidence::Full);
    let limits = &mut config.http.limits;
    limits.connect_timeout = Duration::from_secs(5);
    limits.timeout = PATIENCE;
    limits.max_body = 64 * 1024;
    limits.max_pages = 5;
    limits.max_retry_after = Duration::from_secs(2);
    config
}

/// The settings of a run of one test.
fn only(id: &str) -> RunConfig {
    RunConfig {
        only: Some([id.to_owned()].into()),
        ..settings()
    }
}

async fn run(base: &str, config: &RunConfig) -> RunOutcome {
    let (_never, cancel) = watch::channel(false);
    run_with(base, config, Arc::new(|_| {}), cancel).await
}

async fn run_with(
    base: &str,
    config: &RunConfig,
    listener: Listener,
    cancel: watch::Receiver<bool>,
) -> RunOutcome {
    let suite = suite();
    let run = Run {
        suite: &suite,
        config,
        base: Url::parse(&format!("{base}/")).expect("a URL"),
        embedded: false,
        validator: Validator::new(Definitions::embedded()),
        definitions: Vec::new(),
    };
    timeout(BOUND, run.run(listener, cancel))
        .await
        .expect("it ends in bounded time")
        .expect("the settings are sound")
}

fn test<'o>(outcome: &'o RunOutcome, id: &str) -> &'o TestOutcome {
    let mut tests = outcome.cases.iter().flat_map(|case| &case.tests);
    tests.find(|test| test.id == id).expect("in the plan")
}

/// The verdict, and what was found where the expectation was missed first.
fn finding(outcome: &RunOutcome, id: &str) -> (Verdict, String) {
    let test = test(outcome, id);
    let found = test.steps.iter().flat_map(|step| &step.expectations);
    let mut missed = found.filter(|found| found.verdict == test.verdict);
    let words = missed.next().map_or_else(String::new, |found| {
        let issues: Vec<&str> = found
            .issues
            .iter()
            .map(|issue| issue.message.as_str())
            .collect();
        format!("{} {}", found.actual, issues.join(" "))
    });
    (test.verdict, words)
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1"}"#;

/// What a target is like that has nothing wrong but what is tested.
fn declaration(asked: &Asked) -> Option<Reply> {
    asked.path.ends_with("/metadata").then(|| {
        fhir(
            200,
            r#"{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"server","resource":[{"type":"Condition","interaction":[{"code":"read"},{"code":"search-type"}],"searchParam":[{"name":"patient","type":"reference"}]}]}]}"#,
        )
    })
}

/// Runs one test against a target that declares itself well and answers all else in this way.
async fn against(
    id: &str,
    limit: Duration,
    reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (Verdict, String) {
    let target =
        Target::start(move |asked| declaration(asked).unwrap_or_else(|| reply(asked))).await;
    let mut config = only(id);
    config.http.limits.timeout = limit;
    finding(&run(&target.base, &config).await, id)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn json_type(charset: &str) -> String {
    format!("Content-Type: application/fhir+json{charset}")
}

type Make = fn(&Asked) -> Reply;

/// What a target does with a read, the verdict, and what the message says.
const READS: &[(&str, Make, Verdict, &str)] = &[
    ("sound", |_| fhir(200, PATIENT), Verdict::Pass, ""),
    (
        "sound and compressed",
        |_| {
            let headers = [
                json_type("; charset=UTF-8"),
                "Content-Encoding: gzip".into(),
            ];
            let headers = headers.each_ref().map(String::as_str);
            Reply::Bytes(answer(200, &headers, &gzip(PATIENT.as_bytes())))
        },
        Verdict::Pass,
        "",
    ),
    (
        "reset",
        |_| Reply::Reset,
        Verdict::Error,
        "closed the connection",
    ),
    (
        "closed",
        |_| Reply::Close,
        Verdict::Error,
        "closed the connection",
    ),
    (
        "endless body",
        |_| {
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            let chunk = [&b"1000\r\n"[..], &[b' '; 4096], b"\r\n"].concat();
            Reply::Endless(head, chunk, Duration::ZERO)
        },
        Verdict::Fail,
        "larger than 65536 bytes",
    ),
    (
        "10 GB",
        |_| {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n".to_vec();
            Reply::Endless(head, vec![b' '; 4096], Duration::ZERO)
        },
        Verdict::Fail,
        "larger than 65536 bytes",
    ),
    (
        "gzip bomb",
        |_| {
            let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
            Reply::Bytes(answer(200, &["Content-Encoding: gzip"], &bomb))
        },
        Verdict::Fail,
        "larger than 65536 bytes",
    ),
    (
        "no gzip",
        |_| Reply::Bytes(answer(200, &["Content-Encoding: gzip"], PATIENT.as_bytes())),
        Verdict::Fail,
        "complete HTTP response",
    ),
    (
        "redirects in a circle",
        |asked| {
            let location = format!("Location: {}", asked.path);
            Reply::Bytes(answer(302, &[&location], b""))
        },
        Verdict::Fail,
        "more than 5 redirects",
    ),
    (
        "redirect without a place",
        |_| Reply::Bytes(answer(302, &[], b"")),
        Verdict::Fail,
        "status 302",
    ),
    (
        "HTML",
        |_| {
            Reply::Bytes(answer(
                200,
                &["Content-Type: text/html"],
                b"<!DOCTYPE html><p>Hello",
            ))
        },
        Verdict::Fail,
        "no JSON",
    ),
    (
        "truncated JSON",
        |_| fhir(200, &PATIENT[..20]),
        Verdict::Fail,
        "EOF",
    ),
    (
        "empty",
        |_| fhir(200, ""),
        Verdict::Fail,
        "the body is empty",
    ),
    (
        "truncated body",
        |_| {
            let mut bytes = answer(200, &[&json_type("")], PATIENT.as_bytes());
            bytes.truncate(bytes.len() - 5);
            Reply::Bytes(bytes)
        },
        Verdict::Fail,
        "complete HTTP response",
    ),
    (
        "wrong charset",
        |_| {
            let kind = json_type("; charset=iso-8859-1");
            Reply::Bytes(answer(200, &[&kind], PATIENT.as_bytes()))
        },
        Verdict::Fail,
        "charset iso-8859-1",
    ),
    (
        "invalid UTF-8",
        |_| {
            let body = b"{\"resourceType\":\"Patient\",\"id\":\"p1\",\"language\":\"\xe9\"}";
            Reply::Bytes(answer(200, &[&json_type("")], body))
        },
        Verdict::Fail,
        "not UTF-8 from byte 48 on",
    ),
    (
        "nested without end",
        |_| fhir(200, &"[".repeat(60_000)),
        Verdict::Fail,
        "recursion limit",
    ),
    ("500", |_| fhir(500, "{}"), Verdict::Fail, "status 500"),
    (
        "huge headers",
        |_| {
            let header = format!("X-Long: {}", "a".repeat(2 * 1024 * 1024));
            Reply::Bytes(answer(200, &[&header], PATIENT.as_bytes()))
        },
        Verdict::Fail,
        "complete HTTP response",
    ),
    (
        "many headers",
        |_| {
            let headers: Vec<String> = (0..5000).map(|n| format!("X-{n}: a")).collect();
            let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
            Reply::Bytes(answer(200, &headers, PATIENT.as_bytes()))
        },
        Verdict::Fail,
        "complete HTTP response",
    ),
    (
        "no HTTP",
        |_| Reply::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
        Verdict::Fail,
        "complete HTTP response",
    ),
    (
        "busy for a moment",
        |asked| match asked.number {
            0..=2 => Reply::Bytes(answer(503, &["Retry-After: 0"], b"")),
            _ => fhir(200, PATIENT),
        },
        Verdict::Pass,
        "",
    ),
    (
        "busy for longer than we wait",
        |_| Reply::Bytes(answer(503, &["Retry-After: 3600"], b"")),
        Verdict::Fail,
        "status 503",
    ),
    (
        "limits the rate for ever",
        |_| Reply::Bytes(answer(429, &["Retry-After: 0"], b"")),
        Verdict::Error,
        "limits the rate",
    ),
    (
        "a header that is no text",
        |_| {
            let mut bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\nX-Odd: \xff\xfe\r\n".to_vec();
            bytes.extend_from_slice(
                b"Content-Type: application/fhir+json\r\nContent-Length: 36\r\n\r\n",
            );
            bytes.extend_from_slice(PATIENT.as_bytes());
            Reply::Bytes(bytes)
        },
        Verdict::Pass,
        "",
    ),
];

/// The same, where the time limit is what ends it.
const SLOW: &[(&str, Make, Verdict, &str)] = &[
    ("silent", |_| Reply::Silence, Verdict::Fail, "within 1 s"),
    (
        "slow drip",
        |_| {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".to_vec();
            Reply::Endless(head, b" ".to_vec(), Duration::from_millis(20))
        },
        Verdict::Fail,
        "within 1 s",
    ),
    (
        "slow headers",
        |_| {
            let head = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
            Reply::Endless(head, b"a".to_vec(), Duration::from_millis(20))
        },
        Verdict::Fail,
        "within 1 s",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_read_ends_in_the_right_verdict() {
    for (name, reply, verdict, words) in READS {
        let (found, said) = against("hostile-read", PATIENCE, reply).await;
        assert_eq!(found, *verdict, "{name}: {said}");
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_read_ends_at_the_time_limit() {
    for (name, reply, verdict, words) in SLOW {
        let (found, said) = against("hostile-read", SHORT, reply).await;
        assert_eq!(found, *verdict, "{name}: {said}");
        assert!(said.contains(words), "{name}: {said}");
    }
}

fn bundle(asked: &Asked, id: usize, next: &str) -> Reply {
    let base = &asked.base;
    fhir(
        200,
        &format!(
            r#"{{"resourceType":"Bundle","type":"searchset","link":[{{"relation":"self","url":"{base}/Condition?patient=p1"}},{{"relation":"next","url":"{next}"}}],"entry":[{{"fullUrl":"{base}/Condition/{id}","resource":{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/p1"}}}},"search":{{"mode":"match"}}}}]}}"#
        ),
    )
}

/// Paging that goes wrong, the verdict, and what is said.
const SEARCHES: &[(&str, Make, Verdict, &str)] = &[
    (
        "pages without end",
        |asked| {
            bundle(
                asked,
                asked.number,
                &format!("{}/Condition?page={}", asked.base, asked.number),
            )
        },
        Verdict::Error,
        "5 pages were read and there are more",
    ),
    (
        "the same page under new names",
        |asked| {
            bundle(
                asked,
                1,
                &format!("{}/Condition?page={}", asked.base, asked.number),
            )
        },
        Verdict::Fail,
        "comes a second time",
    ),
    (
        "a circle",
        |asked| {
            bundle(
                asked,
                asked.number,
                &format!("{}/Condition?page=1", asked.base),
            )
        },
        Verdict::Fail,
        "leads back to a page before",
    ),
    (
        "a relative link",
        |asked| bundle(asked, asked.number, "Condition?page=1"),
        Verdict::Fail,
        "no absolute URL",
    ),
    (
        "a link that is no page",
        |asked| match asked.path.contains("page") {
            true => fhir(410, "{}"),
            false => bundle(asked, 1, &format!("{}/Condition?page=1", asked.base)),
        },
        Verdict::Fail,
        "status 410",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn paging_ends_in_the_right_verdict() {
    for (name, reply, verdict, words) in SEARCHES {
        let (found, said) = against("hostile-search", PATIENCE, reply).await;
        assert_eq!(found, *verdict, "{name}: {said}");
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_off_is_not_taken_for_nothing() {
    let long = |_: &Asked| {
        let filler = " ".repeat(4096);
        fhir(
            200,
            &format!("{{\"resourceType\":\"Bundle\",{filler}\"entry\":[]}}"),
        )
    };
    let (verdict, said) = against("hostile-probe", PATIENCE, long).await;
    assert_eq!(verdict, Verdict::Fail, "{said}");
    assert!(said.contains("more than 1024 bytes"), "{said}");
}

/// Nothing goes to another origin, whether a redirect or a page points there.
#[tokio::test(flavor = "multi_thread")]
async fn other_origins_are_not_contacted_unless_allowed() {
    let other = Target::start(|asked| {
        assert!(
            !asked.head.to_lowercase().contains("authorization"),
            "{}",
            asked.head
        );
        assert!(!asked.head.contains("hush-hush"), "{}", asked.head);
        fhir(200, PATIENT)
    })
    .await;
    let place = other.origin.clone();
    let target = Target::start(move |asked| {
        let location = format!("Location: {place}/fhir/Patient/p1");
        declaration(asked).unwrap_or_else(|| match asked.path.contains("Condition") {
            true => bundle(asked, 1, &format!("{place}/fhir/Condition?page=1")),
            false => Reply::Bytes(answer(307, &[&location], b"")),
        })
    })
    .await;
    let mut config = only("hostile-read");
    config.http.bearer = Some(Secret::new("hush-hush-token"));
    config.http.headers = vec![("x-key".into(), Secret::new("hush-hush-key"))];
    let (verdict, said) = finding(&run(&target.base, &config).await, "hostile-read");
    assert_eq!(verdict, Verdict::Error, "{said}");
    assert!(said.contains("not its own origin"), "{said}");

    config.only = Some(["hostile-search".to_owned()].into());
    let (verdict, said) = finding(&run(&target.base, &config).await, "hostile-search");
    assert_eq!(verdict, Verdict::Fail, "{said}");
    assert!(said.contains("leads away from"), "{said}");
    assert_eq!(other.asked(), 0);

    config.only = Some(["hostile-read".to_owned()].into());
    config.http.allow_origins = vec![Url::parse(&other.origin).expect("a URL")];
    let (verdict, said) = finding(&run(&target.base, &config).await, "hostile-read");
    assert_eq!(verdict, Verdict::Pass, "{said}");
    assert!(other.asked() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_no_record_and_checks_see_what_was_sent() {
    let target = Target::start(|asked| {
        let echo = "hush-hush-token and hush-hush-key";
        declaration(asked).unwrap_or_else(|| match asked.head.contains("Bearer hush-hush-token") {
            true => Reply::Bytes(answer(
                404,
                &[
                    &json_type(""),
                    "X-Key: hush-hush-key",
                    &format!("X-Echo: {echo}"),
                ],
                format!(r#"{{"resourceType":"{echo}"}}"#).as_bytes(),
            )),
            false => fhir(200, PATIENT),
        })
    })
    .await;
    let mut config = only("hostile-read");
    config.http.bearer = Some(Secret::new("hush-hush-token"));
    config.http.headers = vec![("x-key".into(), Secret::new("hush-hush-key"))];
    let outcome = run(&target.base, &config).await;
    assert_eq!(test(&outcome, "hostile-read").verdict, Verdict::Fail);
    let record = serde_json::to_string(&outcome).expect("JSON");
    assert!(!record.contains("hush-hush"), "{record}");
    assert!(record.contains("[redacted] and [redacted]"), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_after_one_without_answer_is_blocked() {
    let target = Target::start(|asked| declaration(asked).unwrap_or(Reply::Silence)).await;
    let mut config = only("hostile-sequel");
    config.http.limits.timeout = SHORT;
    let outcome = run(&target.base, &config).await;
    let test = test(&outcome, "hostile-sequel");
    // Not to answer at all is no missed recommendation.
    assert_eq!(test.verdict, Verdict::Fail);
    let last = test.steps.last().expect("two steps");
    let skip = last.expectations[0].skip.as_ref().expect("not judged");
    assert_eq!(skip.kind, SkipKind::Blocked, "{}", skip.reason);
}

/// The whole suite against targets that are wrong through and through.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run_ends_whatever_the_target_does() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let nowhere = format!("http://{}/fhir", closed.local_addr().expect("bound"));
    drop(closed);
    let silent = Target::start(|_| Reply::Silence).await;
    let broken = Target::start(|_| fhir(500, "{}")).await;
    let page = Target::start(|_| {
        Reply::Bytes(answer(200, &["Content-Type: text/html"], b"<html>Welcome"))
    })
    .await;
    let busy = Target::start(|_| Reply::Bytes(answer(429, &["Retry-After: 0"], b""))).await;
    let tls = broken.base.replace("http:", "https:");
    for (name, base, verdict, note) in [
        (
            "no server",
            nowhere.as_str(),
            Verdict::Error,
            "cannot connect",
        ),
        (
            "silence",
            silent.base.as_str(),
            Verdict::Error,
            "no complete answer",
        ),
        (
            "no TLS",
            tls.as_str(),
            Verdict::Error,
            "does not speak TLS there",
        ),
        ("500", broken.base.as_str(), Verdict::Fail, "status 500"),
        ("HTML", page.base.as_str(), Verdict::Fail, "no JSON"),
        (
            "rate limit",
            busy.base.as_str(),
            Verdict::Error,
            "status 429",
        ),
    ] {
        let mut config = settings();
        if verdict == Verdict::Error {
            config.http.limits.timeout = SHORT;
        }
        let outcome = run(base, &config).await;
        let worst: Vec<_> = outcome
            .cases
            .iter()
            .flat_map(|case| &case.tests)
            .filter(|test| test.verdict >= verdict)
            .map(|test| (&test.id, test.verdict))
            .collect();
        assert_eq!(outcome.summary.verdict, verdict, "{name}: {worst:?}");
        let notes = outcome.run.notes.join("\n");
        assert!(notes.contains(note), "{name}: {notes}");
        assert!(!outcome.run.interrupted, "{name}");
        let needs_a_declaration = test(&outcome, "capability-statement-valid");
        let skip = needs_a_declaration.skip.as_ref().map(|skip| skip.kind);
        assert_eq!(skip, Some(SkipKind::Blocked), "{name}");
    }
    assert!(silent.asked() < 10, "a silent target is given up");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_ends_at_once_with_what_is_done() {
    let target = Target::start(|asked| {
        declaration(asked).unwrap_or_else(|| match asked.path.as_str() {
            path if path.contains("Patient/p1") => fhir(200, PATIENT),
            path if path.contains(".well-known") => fhir(404, "{}"),
            _ => Reply::Silence,
        })
    })
    .await;
    let mut config = RunConfig {
        only: Some(["hostile-read".to_owned(), "hostile-search".to_owned()].into()),
        ..settings()
    };
    config.http.limits.timeout = Duration::from_secs(3600);
    let (send, cancel) = watch::channel(false);
    let listener: Listener = Arc::new(move |event| {
        if matches!(&event, Event::TestFinished(test) if test.id == "hostile-read") {
            let _ = send.send(true);
        }
    });
    let outcome = run_with(&target.base, &config, listener, cancel).await;
    assert!(outcome.run.interrupted && outcome.run.partial);
    assert_eq!(test(&outcome, "hostile-read").verdict, Verdict::Pass);
    let skip = test(&outcome, "hostile-search").skip.as_ref();
    assert!(skip.expect("not run").reason.contains("interrupted"));
}

/// Nobody's data is asked for but that of the patients who were named, and no id leaves the base URL.
#[tokio::test(flavor = "multi_thread")]
async fn people_whom_nobody_named_are_left_alone() {
    let bundle = |patient: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"searchset","entry":[{{"resource":{patient},"search":{{"mode":"match"}}}}]}}"#
        )
    };
    let stranger = bundle(
        r#"{"resourceType":"Patient","id":"stranger","identifier":[{"system":"urn:s","value":"2"}]}"#,
    );
    let odd = bundle(r#"{"resourceType":"Patient","id":"../../admin"}"#);
    let by_identifier = PatientKey::Identifier {
        system: "urn:s".into(),
        value: "1".into(),
    };
    for (answer, patients) in [(stranger, vec![by_identifier]), (odd, Vec::new())] {
        let paths: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&paths);
        let target = Target::start(move |asked| {
            heard.lock().expect("sound").push(asked.path.clone());
            declaration(asked).unwrap_or_else(|| match asked.path.starts_with("/fhir/Patient?") {
                true => fhir(200, &answer),
                false => fhir(404, "{}"),
            })
        })
        .await;
        let config = RunConfig {
            patients,
            ..settings()
        };
        let outcome = run(&target.base, &config).await;
        let seeded = test(&outcome, "search-by-patient/Condition");
        let skip = seeded.skip.as_ref().map(|skip| skip.kind);
        assert_eq!(skip, Some(SkipKind::NoData));
        let paths = paths.lock().expect("sound");
        assert!(paths.len() > 1);
        for path in paths.iter() {
            assert!(path.starts_with("/fhir/"), "{path}");
            assert!(!path.contains("stranger"), "{path}");
        }
    }
}
