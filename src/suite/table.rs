//! Tables over which cases run.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::diagnostic::{Code, Diagnostic};
use super::file::SourceFile;
use super::friendly;
use super::parse::Item;

/// A table: rows that have the same columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Columns in the order of the first row.
    pub columns: Vec<String>,
    pub rows: Vec<TableRow>,
}

/// Column → value.
pub type TableRow = BTreeMap<String, String>;

/// A row as written.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct WrittenRow(
    #[serde(deserialize_with = "friendly::ordered")] Vec<(Spanned<String>, String)>,
);

impl Table {
    /// Makes a table of written rows. A row whose columns differ from the first row's is left out.
    pub(super) fn new(file: &SourceFile, rows: Vec<Item<WrittenRow>>) -> (Self, Vec<Diagnostic>) {
        let mut table = Self::default();
        let mut diagnostics = Vec::new();
        for row in rows {
            let columns = || row.value.0.iter().map(|(column, _)| column.value.as_str());
            if table.columns.is_empty() {
                table.columns = columns().map(str::to_owned).collect();
            }
            let missing = table
                .columns
                .iter()
                .find(|&column| columns().all(|c| c != column));
            let extra = columns().find(|column| table.columns.iter().all(|c| c != column));
            match (missing, extra) {
                (None, None) => table.rows.push(
                    row.value
                        .0
                        .into_iter()
                        .map(|(column, value)| (column.value, value))
                        .collect(),
                ),
                (Some(column), _) => diagnostics.push(
                    Diagnostic::at(
                        Code::RaggedTable,
                        file,
                        row.at,
                        format!("the row has no column `{column}`, which the first row has"),
                    )
                    .help(format!("add `{column}: \"\"` or a value")),
                ),
                (None, Some(column)) => diagnostics.push(
                    Diagnostic::at(
                        Code::RaggedTable,
                        file,
                        row.at,
                        format!("the row has the column `{column}`, which the first row lacks"),
                    )
                    .help("give every row the same columns"),
                ),
            }
        }
        (table, diagnostics)
    }
}
