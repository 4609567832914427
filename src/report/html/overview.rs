//! The head of the page: verdict, counts and the run's stamp.

use serde::Serialize;

use super::link::web;
use crate::outcome::{Evidence, RunOutcome};
use crate::report::words::{
    Conclusion, VERDICTS, capital, count, finding, limits, name_of, number, seconds, word,
};

#[derive(Debug, Serialize)]
pub(super) struct Overview {
    verdict: &'static str,
    headline: &'static str,
    finding: String,
    meaning: &'static str,
    server: String,
    server_href: Option<String>,
    software: String,
    actor: String,
    bar: Bar,
    counts: Vec<Count>,
    limits: Option<String>,
    notes: Vec<String>,
    diagnostics: Vec<String>,
    facts: Vec<Fact>,
    details: Vec<Fact>,
    tool: String,
}

#[derive(Debug, Serialize)]
struct Count {
    verdict: &'static str,
    number: u64,
}

/// The counts as parts of a line.
#[derive(Debug, Serialize)]
struct Bar {
    width: u64,
    parts: Vec<Part>,
    words: String,
}

#[derive(Debug, Serialize)]
struct Part {
    verdict: &'static str,
    begin: u64,
    width: u64,
}

#[derive(Debug, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

pub(super) fn of(outcome: &RunOutcome) -> Overview {
    let run = &outcome.run;
    let conclusion = Conclusion::of(outcome);
    Overview {
        verdict: conclusion.word(),
        headline: headline(conclusion),
        finding: finding(outcome),
        meaning: meaning(conclusion),
        server: run.target.url.clone(),
        server_href: web(&run.target.url),
        software: software(outcome),
        actor: capital(&name_of(run.actor).replace('-', " ")),
        bar: bar(outcome),
        counts: VERDICTS
            .map(|verdict| Count {
                verdict: word(verdict),
                number: count(outcome, verdict),
            })
            .into(),
        limits: limits(outcome),
        notes: run.notes.clone(),
        diagnostics: outcome.diagnostics.clone(),
        facts: facts(outcome),
        tool: run.tool.clone(),
        details: vec![
            fact("Suite, SHA-256", run.suite_sha256.clone()),
            fact("Definitions", run.definitions.join(", ")),
        ],
    }
}

fn headline(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::DoesNotConform => "Does not conform",
        Conclusion::CouldNotTell => "Could not tell",
        Conclusion::NothingFound => "No non-conformity found",
    }
}

fn meaning(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::DoesNotConform => {
            "The server breaks rules that it must keep. Start with the first entry below."
        }
        Conclusion::CouldNotTell => {
            "This says nothing about the server yet. See below what stood in the way."
        }
        Conclusion::NothingFound => "Everything that was tested is as it must be.",
    }
}

fn software(outcome: &RunOutcome) -> String {
    let target = &outcome.run.target;
    match (&target.software, target.embedded) {
        (Some(software), true) => format!("{software} (embedded)"),
        (Some(software), false) => software.clone(),
        (None, true) => "the embedded reference provider".to_owned(),
        (None, false) => "software not declared".to_owned(),
    }
}

fn bar(outcome: &RunOutcome) -> Bar {
    let mut begin = 0;
    let counted = VERDICTS
        .into_iter()
        .map(|verdict| (word(verdict), count(outcome, verdict)))
        .filter(|(_, width)| *width > 0);
    let parts: Vec<Part> = counted
        .map(|(verdict, width)| {
            let part = Part {
                verdict,
                begin,
                width,
            };
            begin += width;
            part
        })
        .collect();
    let words: Vec<String> = parts
        .iter()
        .map(|part| format!("{} {}", part.width, part.verdict))
        .collect();
    Bar {
        width: begin.max(1),
        words: words.join(", "),
        parts,
    }
}

fn facts(outcome: &RunOutcome) -> Vec<Fact> {
    let run = &outcome.run;
    let summary = &outcome.summary;
    let evidence = match run.evidence {
        Evidence::Full => "full: all bodies are kept",
        Evidence::Failures => "failures: bodies are kept where a test did not pass",
        Evidence::None => "none: neither bodies nor values are kept",
    };
    let scope = match (run.filters.as_slice(), run.interrupted) {
        (_, true) => "interrupted".to_owned(),
        ([], false) => "whole suite".to_owned(),
        (filters, false) => format!("only {}", filters.join(", ")),
    };
    vec![
        fact(
            "Run",
            format!(
                "{} UTC, {}",
                run.started.trim_end_matches('Z').replace('T', " "),
                seconds(run.duration_ms)
            ),
        ),
        fact("Scope", scope),
        fact(
            "Requirements",
            format!(
                "{} of {} exercised, {} SHALL",
                summary.requirements_exercised,
                summary.requirements_linked,
                summary.shall_exercised
            ),
        ),
        fact(
            "Traffic",
            format!(
                "{}, {} validated",
                number(summary.requests, "request"),
                number(summary.resources_validated, "resource")
            ),
        ),
        fact("Evidence", evidence.to_owned()),
        fact("Tool", run.tool.clone()),
    ]
}

fn fact(name: &'static str, value: String) -> Fact {
    Fact { name, value }
}
