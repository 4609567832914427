//! What rules find: issues, what was not checked, and how deep the way has led.

use std::collections::{BTreeSet, HashMap};

use super::place::Place;
use crate::fhir::{Issue, IssueCode, Location, Severity};

/// Something that could not be checked, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unchecked {
    /// What was not checked, such as `codes of the value set http://…`.
    pub what: String,
    pub why: String,
}

/// Deepest nesting of elements and profiles that is followed.
const MAX_DEPTH: usize = 200;
/// Most issues kept for one resource.
const MAX_ISSUES: usize = 1_000;

/// Collects issues.
#[derive(Default)]
pub struct Sink {
    pub issues: Vec<Issue>,
    pub unchecked: BTreeSet<Unchecked>,
    /// Profiles that were checked.
    pub profiles: BTreeSet<String>,
    depth: usize,
    /// Outcome of each (resource, profile), and what is under way, so that circles end.
    pub judged: HashMap<(usize, String), Judgement>,
    full: bool,
}

/// Outcome of one resource against one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    UnderWay,
    Conforms,
    Fails,
}

/// One finding, before it has a place.
pub struct Finding<'f> {
    pub severity: Severity,
    pub code: IssueCode,
    pub rule: &'f str,
    pub message: String,
    pub fix: Option<String>,
    pub profile: Option<&'f str>,
}

impl<'f> Finding<'f> {
    pub fn error(code: IssueCode, rule: &'f str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            rule,
            message: message.into(),
            fix: None,
            profile: None,
        }
    }

    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    pub fn of(mut self, profile: &'f str) -> Self {
        self.profile = Some(profile).filter(|profile| !profile.is_empty());
        self
    }
}

impl Sink {
    pub fn push(&mut self, finding: Finding<'_>, place: &Place<'_>) {
        self.push_at(finding, place.location());
    }

    pub fn push_at(&mut self, finding: Finding<'_>, location: Location) {
        if self.issues.len() >= MAX_ISSUES {
            if !self.full {
                self.full = true;
                self.note(
                    "further issues",
                    format!("only the first {MAX_ISSUES} are listed"),
                );
            }
            return;
        }
        self.issues.push(Issue {
            severity: finding.severity,
            code: finding.code,
            message: finding.message,
            fix: finding.fix,
            location,
            profile: finding.profile.map(str::to_owned),
            rule: finding.rule.to_owned(),
        });
    }

    /// Records what was not checked, and why.
    pub fn note(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.unchecked.insert(Unchecked {
            what: what.into(),
            why: why.into(),
        });
    }

    /// Goes one level down; `None` (with a note) where the content is nested too deeply.
    pub fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.note(
                "deeply nested content",
                format!("what lies deeper than {MAX_DEPTH} levels is not looked at"),
            );
            return None;
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        Some(result)
    }

    /// Runs a check apart: its issues come back instead of being kept.
    pub fn apart(&mut self, run: impl FnOnce(&mut Self)) -> Vec<Issue> {
        let kept = std::mem::take(&mut self.issues);
        run(self);
        std::mem::replace(&mut self.issues, kept)
    }
}
