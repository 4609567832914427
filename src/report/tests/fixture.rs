//! A record made by hand that holds every verdict, every reason to skip, long bodies and hostile
//! texts.

use std::collections::BTreeMap;

use crate::fhir::{Issue, IssueCode, Location, Severity};
use crate::http::exchange::{
    Exchange, ExchangeId, FailureKind, Header, RecordedBody, RecordedRequest, RecordedResponse,
    Timing, TransportFailure,
};
use crate::outcome::{
    CapabilityKey, CapabilityKind, CapabilityOutcome, CaseOutcome, Evidence, ExpectationOutcome,
    RequirementRef, RunInfo, RunOutcome, Skip, SkipKind, StepOutcome, Summary, Target, TestOutcome,
    Untested, Verdict,
};
use crate::suite::{Actor, Conformance};

/// What a target may answer to break a report: markup, ends of CDATA and comments, control
/// characters, a terminal's escape and a mark that turns the direction of writing.
pub(super) const HOSTILE: &str = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>]]>--><!--\u{0}\u{1b}[31m\u{202e}abc\u{ffff}{{7}}";

/// Bytes of the longest body.
pub(super) const LONG: usize = 100_000;

/// The record.
pub(super) fn outcome() -> RunOutcome {
    let cases = vec![passing(), failing(), recommended(), unsure(), skipping()];
    let tests = || cases.iter().flat_map(|case| &case.tests);
    let mut summary = Summary {
        verdict: Verdict::Error,
        requirements_linked: 3,
        requirements_exercised: 2,
        shall_exercised: 1,
        requests: 4,
        resources_validated: 7,
        ..Summary::default()
    };
    for test in tests() {
        *summary.tests.entry(test.verdict).or_default() += 1;
        if let Some(skip) = &test.skip {
            *summary.skips.entry(skip.kind).or_default() += 1;
        }
    }
    RunOutcome {
        run: info(),
        summary,
        cases,
        exchanges: exchanges(),
        requirements: requirements(),
        capabilities: vec![CapabilityOutcome {
            key: CapabilityKey::new("Condition", CapabilityKind::SearchParameter, "code"),
            declared: true,
            verdict: Verdict::Fail,
            tests: vec!["search/Condition".to_owned()],
        }],
        untested: vec![Untested {
            id: "REQ-009".into(),
            statement: "The statement of REQ-009.".into(),
            conformance: Conformance::Shall,
            source: "FHIR R4 http §read".into(),
            reason: format!("Cannot be seen from outside {HOSTILE}"),
        }],
        diagnostics: vec![format!("error: broken.yaml:3:1 {HOSTILE}")],
    }
}

/// As many tests as a whole suite has, each with many issues and with exchanges that hold long
/// bodies.
pub(super) fn whole_suite(tests: usize, exchanges: usize, body: usize) -> RunOutcome {
    let mut outcome = outcome();
    let line = format!("{{\"name\":\"{}\"}},\n", "x".repeat(50));
    let text = line.repeat(body / line.len() + 1);
    outcome.exchanges = (1..=exchanges)
        .map(|number| {
            let mut one = exchange(&format!("x{number}"), 200);
            let whole = RecordedBody::of(Some("application/fhir+json"), text.as_bytes(), body);
            one.response = one.response.map(|response| RecordedResponse {
                body: Some(whole),
                ..response
            });
            one
        })
        .collect();
    let template = failing().tests.swap_remove(0);
    outcome.cases = vec![CaseOutcome {
        tests: (0..tests)
            .map(|number| {
                let mut test = template.clone();
                test.id = format!("case/{number}");
                for step in &mut test.steps {
                    for found in &mut step.expectations {
                        found.issues = vec![found.issues.clone(); 100].concat();
                    }
                    step.exchanges = (0..2)
                        .map(|at| ExchangeId(format!("x{}", (2 * number + at) % exchanges + 1)))
                        .collect();
                }
                test
            })
            .collect(),
        ..failing()
    }];
    outcome.summary.tests = BTreeMap::from([(Verdict::Fail, tests as u64)]);
    outcome
}

fn info() -> RunInfo {
    RunInfo {
        tool: "fhir-assay 0.0.0".into(),
        suite_sha256: "0123456789abcdef".repeat(4),
        target: Target {
            url: "https://fhir.example/r4/".into(),
            embedded: false,
            software: Some(format!("Example {HOSTILE}")),
        },
        actor: Actor::ResourceAccessProvider,
        started: "2026-01-02T03:04:05Z".into(),
        duration_ms: 12_345,
        filters: vec!["search".into()],
        partial: true,
        interrupted: false,
        refused: Some("the server refuses every request of the run with status 401".into()),
        evidence: Evidence::Failures,
        notes: vec!["Certificates were not checked (--insecure).".into()],
        definitions: vec!["hl7.fhir.r4.core#4.0.1".into()],
    }
}

fn requirements() -> Vec<RequirementRef> {
    [
        ("REQ-001", Conformance::Shall),
        ("REQ-002", Conformance::Should),
        ("REQ-003", Conformance::May),
    ]
    .map(|(id, conformance)| RequirementRef {
        id: id.into(),
        statement: format!("The statement of {id}."),
        conformance,
        source: "FHIR R4 http §read".into(),
    })
    .into()
}

fn case(id: &str, title: &str, group: &str, tests: Vec<TestOutcome>) -> CaseOutcome {
    CaseOutcome {
        id: id.into(),
        title: title.into(),
        why: Some(format!("Why {id} matters.")),
        actor: Actor::ResourceAccessProvider,
        group: group.into(),
        verdict: tests.iter().map(|test| test.verdict).max().unwrap(),
        tests,
    }
}

fn test(id: &str, title: &str, verdict: Verdict, steps: Vec<StepOutcome>) -> TestOutcome {
    TestOutcome {
        id: id.into(),
        title: title.into(),
        resource_type: title
            .split_once(':')
            .map(|(resource_type, _)| resource_type.to_owned()),
        verifies: vec!["REQ-001".into()],
        verdict,
        skip: None,
        duration_ms: 17,
        steps,
    }
}

fn step(title: &str, exchanges: &[&str], expectations: Vec<ExpectationOutcome>) -> StepOutcome {
    StepOutcome {
        title: title.into(),
        exchanges: exchanges
            .iter()
            .map(|id| ExchangeId((*id).into()))
            .collect(),
        expectations,
    }
}

fn expectation(kind: &str, verdict: Verdict, actual: &str) -> ExpectationOutcome {
    ExpectationOutcome {
        kind: kind.into(),
        verdict,
        skip: None,
        expected: "status 200".into(),
        actual: actual.into(),
        fix: None,
        verifies: Vec::new(),
        issues: Vec::new(),
    }
}

fn passing() -> CaseOutcome {
    let passed = expectation("status", Verdict::Pass, "status 200");
    let one = |kind: &str| {
        test(
            &format!("read/{kind}"),
            &format!("{kind}: a record can be read"),
            Verdict::Pass,
            vec![step(
                &format!("GET {kind}/1"),
                &["x1"],
                vec![passed.clone()],
            )],
        )
    };
    case(
        "read",
        "{row.type}: a record can be read",
        "read",
        vec![one("Patient"), one("Condition")],
    )
}

fn failing() -> CaseOutcome {
    let one = |kind: &str| {
        let invalid = ExpectationOutcome {
            fix: Some("send only what the profile allows".into()),
            verifies: vec!["REQ-002".into()],
            issues: issues(),
            ..expectation("profile", Verdict::Fail, HOSTILE)
        };
        let steps = vec![
            step(
                &format!("GET {kind}?_id={HOSTILE}"),
                &["x1", "x2"],
                vec![
                    expectation("status", Verdict::Pass, "status 200"),
                    invalid,
                    expectation("status", Verdict::Fail, "status 500"),
                ],
            ),
            step("the resources that were seen", &[], Vec::new()),
        ];
        test(
            &format!("content/{kind}"),
            &format!("{kind}: records are valid {HOSTILE}"),
            Verdict::Fail,
            steps,
        )
    };
    case(
        "content",
        "{row.type}: records are valid",
        "content",
        vec![one("Patient"), one("Condition"), one("Observation")],
    )
}

fn issues() -> Vec<Issue> {
    let issue = |severity, code, message: &str, line| Issue {
        severity,
        code,
        message: message.into(),
        fix: Some("add the element".into()),
        location: Location {
            expression: "Patient.name[0].family".into(),
            pointer: "/name/0/family".into(),
            line,
            column: line,
        },
        profile: Some("http://hl7.eu/fhir/base/StructureDefinition/patient-eu-core".into()),
        rule: "cardinality-min".into(),
    };
    vec![
        issue(Severity::Error, IssueCode::Required, HOSTILE, Some(12)),
        issue(
            Severity::Information,
            IssueCode::NotSupported,
            "not checked",
            None,
        ),
        Issue {
            fix: None,
            profile: Some("javascript:alert(1)".into()),
            ..issue(
                Severity::Warning,
                IssueCode::CodeInvalid,
                "unknown code",
                None,
            )
        },
    ]
}

fn recommended() -> CaseOutcome {
    let missed = expectation("header", Verdict::Warning, "no ETag");
    let steps = vec![step("GET Patient/1", &["x3"], vec![missed])];
    case(
        "read-version",
        "A read says its version",
        "read",
        vec![test(
            "read-version",
            "A read says its version",
            Verdict::Warning,
            steps,
        )],
    )
}

fn unsure() -> CaseOutcome {
    let missed = expectation("status", Verdict::Error, "no answer within 30 s");
    let steps = vec![step("POST Patient/_search", &["x4"], vec![missed])];
    case(
        "search",
        "A search is answered",
        "search",
        vec![test(
            "search",
            "A search is answered",
            Verdict::Error,
            steps,
        )],
    )
}

fn skipping() -> CaseOutcome {
    let tests = [
        (SkipKind::NotApplicable, "Encounter is not declared"),
        (SkipKind::NoData, "no Observation with a value; load one"),
        (SkipKind::Blocked, "capability-statement did not pass"),
        (SkipKind::Deselected, HOSTILE),
    ]
    .map(|(kind, reason)| {
        let skip = Skip {
            kind,
            reason: reason.into(),
        };
        let not_judged = ExpectationOutcome {
            skip: Some(skip.clone()),
            ..expectation("status", Verdict::Skip, "")
        };
        TestOutcome {
            skip: Some(skip),
            ..test(
                &format!("skipped/_{kind:?} of <all>"),
                "Encounter: skipped",
                Verdict::Skip,
                vec![step("no request", &[], vec![not_judged])],
            )
        }
    });
    CaseOutcome {
        why: None,
        ..case("skipped", "Skipped {what}", "search", tests.into())
    }
}

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.into(),
        value: value.into(),
    }
}

fn exchange(id: &str, status: u16) -> Exchange {
    Exchange {
        id: ExchangeId(id.into()),
        request: RecordedRequest {
            method: "GET".into(),
            url: "https://fhir.example/r4/Patient/1?a=<b>&c='d'".into(),
            headers: vec![
                header("accept", "application/fhir+json"),
                header("authorization", "[redacted]"),
            ],
            body: None,
        },
        response: Some(RecordedResponse {
            status,
            headers: vec![
                header("content-type", "application/fhir+json"),
                header("x-hostile", HOSTILE),
            ],
            body: Some(RecordedBody::of(
                Some("application/fhir+json"),
                HOSTILE.as_bytes(),
                LONG,
            )),
        }),
        failure: None,
        timing: Timing {
            started_ms: 5,
            duration_ms: 6,
        },
    }
}

fn exchanges() -> Vec<Exchange> {
    let mut long = exchange("x2", 200);
    if let Some(response) = &mut long.response {
        let text = "{\"a\":1}\n".repeat(LONG / 8);
        response.body = Some(RecordedBody::of(None, text.as_bytes(), LONG));
    }
    let mut without_text = exchange("x3", 200);
    if let Some(response) = &mut without_text.response {
        response.body = response.body.take().map(RecordedBody::without_text);
    }
    let mut failed = exchange("x4", 0);
    failed.request.method = "POST".into();
    failed.request.body = Some(RecordedBody::of(
        Some("application/x-www-form-urlencoded"),
        b"_id=1",
        LONG,
    ));
    failed.response = None;
    failed.failure = Some(TransportFailure {
        kind: FailureKind::Timeout,
        message: "no answer within 30 s; is the server overloaded?".into(),
    });
    vec![exchange("x1", 200), long, without_text, failed]
}
