//! Sources of `foreach` exist and give tests that can be told apart.

use serde_saphyr::Spanned;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::expand::{self, MAX_ROWS};
use super::super::file::SourceFile;
use super::super::model::{Case, Source};
use super::super::table::Table;
use super::Context;

pub(super) fn sources(context: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, source) in &case.foreach {
        if let Source::Table { name, filter } = source {
            found.extend(table(context, file, name, filter));
        }
    }
    if found.is_empty() {
        found.extend(expansion(context, file, case));
    }
    found
}

fn table(
    context: &Context<'_>,
    file: &SourceFile,
    name: &Spanned<String>,
    filter: &[(Spanned<String>, Vec<String>)],
) -> Vec<Diagnostic> {
    let Some(table) = context.tables.get(&name.value) else {
        let message = if context.broken_tables.contains(&name.value) {
            format!("the table `{}` could not be read", name.value)
        } else {
            format!("there is no table `{}`", name.value)
        };
        let known = context.tables.keys().map(String::as_str);
        let listed: Vec<_> = known.clone().collect();
        let otherwise = format!("tables: {}", listed.join(", "));
        return vec![
            Diagnostic::at(Code::UnknownTable, file, name.referenced, message).meant(
                &name.value,
                known,
                otherwise,
            ),
        ];
    };
    let mut found: Vec<_> = filter
        .iter()
        .filter(|(column, _)| !table.columns.contains(&column.value))
        .map(|(column, _)| unknown_column(file, name, table, column))
        .collect();
    if found.is_empty() && expand::selected(table, filter).next().is_none() {
        let message = format!("no row of the table `{}` is selected", name.value);
        found.push(
            Diagnostic::at(Code::NoRows, file, name.referenced, message)
                .help("mend `where`, or add rows to the table"),
        );
    }
    found
}

fn unknown_column(
    file: &SourceFile,
    name: &Spanned<String>,
    table: &Table,
    column: &Spanned<String>,
) -> Diagnostic {
    let message = format!(
        "the table `{}` has no column `{}`",
        name.value, column.value
    );
    Diagnostic::at(Code::UnknownColumn, file, column.referenced, message).meant(
        &column.value,
        table.columns.iter().map(String::as_str),
        format!("columns: {}", table.columns.join(", ")),
    )
}

fn expansion(context: &Context<'_>, file: &SourceFile, case: &Case) -> Option<Diagnostic> {
    let rows = expand::rows(case, context.tables);
    if rows.len() > MAX_ROWS {
        let message = format!("the case has more than {MAX_ROWS} tests");
        return Some(
            Diagnostic::at(Code::TooManyTests, file, case.id.referenced, message)
                .help("narrow its sources with `where`"),
        );
    }
    let numbered = rows.iter().find(|row| {
        let base = row.label.rsplit_once('.');
        base.is_some_and(|(base, number)| {
            number.parse::<usize>().is_ok() && rows.iter().any(|other| other.label == base)
        })
    })?;
    let message = format!(
        "several rows have the same name; they are numbered, as in `{}`",
        numbered.label
    );
    Some(
        Diagnostic::at(Code::SameLabel, file, case.id.referenced, message)
            .help("let the columns `type`, `name` and `value` tell the rows of the table apart"),
    )
}
