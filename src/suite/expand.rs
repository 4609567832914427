//! A case with `foreach` → the rows it runs over.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Case, Source};
use super::table::{Table, TableRow};

/// Most tests a case may have.
pub(super) const MAX_ROWS: usize = 2000;

/// The columns that name a row, in the order of the name.
const NAMING: [&str; 3] = ["type", "name", "value"];

/// One test's values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// What tells the test from the case's others: letters, digits, `.`, `_` and `-`; empty where
    /// the case has no `foreach`.
    pub label: String,
    /// `row.type` → `Condition`, `prefix` → `ge`.
    pub variables: BTreeMap<String, String>,
}

/// The rows of a case: the product of its sources in the order as written, the last changing
/// fastest. A table that does not exist has no rows.
#[must_use]
pub fn rows(case: &Case, tables: &BTreeMap<String, Table>) -> Vec<Row> {
    let mut rows = vec![Row::default()];
    for (variable, source) in &case.foreach {
        let choices = choices(&variable.value, source, tables);
        let product = rows.iter().flat_map(|row| {
            choices.iter().map(|choice| {
                let mut variables = row.variables.clone();
                variables.extend(choice.variables.clone());
                Row {
                    label: joined(&row.label, &choice.label),
                    variables,
                }
            })
        });
        rows = product.take(MAX_ROWS + 1).collect();
    }
    number_same_labels(&mut rows);
    rows
}

/// The rows of a table that a filter selects.
pub(super) fn selected<'t>(
    table: &'t Table,
    filter: &'t [(serde_saphyr::Spanned<String>, Vec<String>)],
) -> impl Iterator<Item = &'t TableRow> {
    table.rows.iter().filter(move |row| {
        filter.iter().all(|(column, values)| {
            row.get(&column.value)
                .is_some_and(|value| values.contains(value))
        })
    })
}

fn choices(variable: &str, source: &Source, tables: &BTreeMap<String, Table>) -> Vec<Row> {
    match source {
        Source::In(values) => values
            .iter()
            .map(|value| Row {
                label: friendly_label(&value.value),
                variables: BTreeMap::from([(variable.to_owned(), value.value.clone())]),
            })
            .collect(),
        Source::Table { name, filter } => {
            let Some(table) = tables.get(&name.value) else {
                return Vec::new();
            };
            selected(table, filter)
                .enumerate()
                .map(|(index, row)| Row {
                    label: row_label(row, index),
                    variables: row
                        .iter()
                        .map(|(column, value)| (format!("{variable}.{column}"), value.clone()))
                        .collect(),
                })
                .collect()
        }
    }
}

fn row_label(row: &TableRow, index: usize) -> String {
    let label = NAMING
        .iter()
        .filter_map(|column| row.get(*column))
        .fold(String::new(), |label, value| {
            joined(&label, &friendly_label(value))
        });
    if label.is_empty() {
        (index + 1).to_string()
    } else {
        label
    }
}

fn joined(left: &str, right: &str) -> String {
    match (left, right) {
        ("", right) => right.to_owned(),
        (left, "") => left.to_owned(),
        (left, right) => format!("{left}.{right}"),
    }
}

/// Letters, digits, `.`, `_` and `-` remain; every run of others becomes one `-`.
fn friendly_label(value: &str) -> String {
    let mut label = String::new();
    for c in value.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
            label.push(c);
        } else if !label.ends_with('-') {
            label.push('-');
        }
    }
    label.trim_matches('-').to_owned()
}

/// Tells rows of the same label apart by a number, in order.
fn number_same_labels(rows: &mut [Row]) {
    let mut taken = BTreeSet::new();
    let mut next = BTreeMap::<String, usize>::new();
    for row in rows {
        let base = row.label.clone();
        while !taken.insert(row.label.clone()) {
            let number = next.entry(base.clone()).or_insert(1);
            *number += 1;
            row.label = joined(&base, &number.to_string());
        }
    }
}
