//! The matrix of resource types × kinds of tests.

use serde::Serialize;

use super::link;
use crate::outcome::{RunOutcome, TestOutcome, Verdict};
use crate::report::words::word;

/// Row of the tests that are about no single type.
const GENERAL: &str = "All types";

#[derive(Debug, Serialize)]
pub(super) struct Matrix {
    columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    /// Empty where there is no such test.
    verdict: &'static str,
    passed: usize,
    ran: usize,
    skipped: usize,
    /// The first test that is worst.
    anchor: String,
}

/// Counts the tests by type and group, in the order in which they first come.
pub(super) fn of(outcome: &RunOutcome) -> Matrix {
    let mut columns: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for case in &outcome.cases {
        if !columns.contains(&case.group) {
            columns.push(case.group.clone());
        }
        for test in &case.tests {
            let name = row_of(test);
            if name != GENERAL && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    columns.sort();
    names.sort();
    names.insert(0, GENERAL.to_owned());
    let rows = names.into_iter().map(|name| Row {
        cells: columns
            .iter()
            .map(|group| cell(outcome, &name, group))
            .collect(),
        name,
    });
    Matrix {
        rows: rows.collect(),
        columns,
    }
}

fn row_of(test: &TestOutcome) -> &str {
    test.resource_type.as_deref().unwrap_or(GENERAL)
}

fn cell(outcome: &RunOutcome, name: &str, group: &str) -> Cell {
    let tests: Vec<&TestOutcome> = outcome
        .cases
        .iter()
        .filter(|case| case.group == group)
        .flat_map(|case| &case.tests)
        .filter(|test| row_of(test) == name)
        .collect();
    let worst = tests.iter().map(|test| test.verdict).max();
    let first = tests.iter().find(|test| Some(test.verdict) == worst);
    let count = |verdict| tests.iter().filter(|test| test.verdict == verdict).count();
    Cell {
        verdict: worst.map(word).unwrap_or_default(),
        passed: count(Verdict::Pass),
        ran: tests.len() - count(Verdict::Skip),
        skipped: count(Verdict::Skip),
        anchor: first
            .map(|test| link::of_test(&test.id))
            .unwrap_or_default(),
    }
}
