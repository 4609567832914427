//! Runs the hand-written truth tables of `tests/search/` against the search semantics.

use std::collections::BTreeMap;
use std::path::Path;

use fhir_assay::search::{Context, Match, Query, Resolver};
use serde::Deserialize;
use serde_json::Value;

const BASE: &str = "http://server.example/fhir";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    resources: BTreeMap<String, Value>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    of: String,
    query: String,
    expect: Expected,
    rule: String,
}

#[derive(Deserialize, Debug, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Expected {
    Must,
    MustNot,
    May,
    Error,
}

impl Resolver for Table {
    fn resolve(&self, reference: &str) -> Option<&Value> {
        let (resource_type, id) = reference.split_once('/')?;
        self.resources
            .values()
            .find(|resource| resource["resourceType"] == resource_type && resource["id"] == id)
    }
}

/// What went wrong with a row, if anything.
fn judge(table: &Table, row: &Row) -> Option<String> {
    let resource = &table.resources[&row.of];
    let resource_type = resource["resourceType"].as_str().unwrap_or_default();
    let parameters: Vec<(&str, &str)> = row
        .query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
        .collect();
    let (found, rule) = match Query::parse(resource_type, &parameters) {
        Err(_) => (Expected::Error, None),
        Ok(query) => match query.matches(resource, &Context::new(BASE, table)) {
            Match::Must => (Expected::Must, None),
            Match::MustNot => (Expected::MustNot, None),
            Match::May(rule) => (Expected::May, Some(rule)),
        },
    };
    let right = found == row.expect && rule.is_none_or(|rule| rule == row.rule);
    (!right).then(|| {
        format!(
            "{} {}: expected {:?} ({}), found {found:?} ({})",
            row.of,
            row.query,
            row.expect,
            row.rule,
            rule.unwrap_or("-")
        )
    })
}

#[test]
fn search_agrees_with_the_truth_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/search");
    let mut rows = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder of truth tables") {
        let path = entry.expect("entry").path();
        let text = std::fs::read_to_string(&path).expect("truth table");
        let table: Table =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        rows += table.rows.len();
        wrong.extend(table.rows.iter().filter_map(|row| judge(&table, row)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows >= 300, "only {rows} rows");
}
