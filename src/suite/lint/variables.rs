//! Every name in braces has a value.

use std::collections::BTreeSet;

use serde_saphyr::Location;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::model::{Case, Source};
use super::super::source::SourceFile;
use super::super::template::Template;
use super::super::walk;
use super::Context;

/// Templates can be read.
pub(super) fn templates(_: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    let of_steps = case.steps.iter().flat_map(walk::templates_of_step);
    walk::templates_of_case(case)
        .into_iter()
        .chain(of_steps)
        .filter_map(|template| {
            let error = template.parts().err()?;
            let message = error.to_string();
            let (what, help) = message.split_once("; ").unwrap_or((&message, ""));
            Some(
                Diagnostic::at(
                    Code::BadTemplate,
                    file,
                    template.location(),
                    what.to_owned(),
                )
                .help(help),
            )
        })
        .collect()
}

/// What can be named at some place of a case.
#[derive(Clone, Default)]
struct Names<'c> {
    /// Rows: `row` with its columns; none where the table is not known.
    rows: Vec<(&'c str, Option<&'c [String]>)>,
    /// Values of `in`.
    values: Vec<&'c str>,
    /// `given`, `each` and `capture`: fields of these are known in the run.
    found: BTreeSet<&'c str>,
}

/// Names in braces, and variables named without, are defined where they are used.
pub(super) fn undefined(context: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    let mut names = Names::of_foreach(context, case);
    let mut found = Vec::new();
    for template in walk::templates_of_case(case) {
        found.extend(names.check(file, template));
    }
    names.found.extend(case.given.keys().map(String::as_str));
    for step in &case.steps {
        let mut here = names.clone();
        if let Some(each) = &step.each {
            here.found.insert(&each.variable.value);
        }
        for template in walk::templates_of_step(step) {
            found.extend(here.check(file, template));
        }
        for variable in walk::variables_of_step(step) {
            if !here.found.contains(variable.value.as_str()) {
                let known = here.found.iter().copied();
                found.push(nobody(file, &variable.value, variable.referenced).meant(
                    &variable.value,
                    known,
                    "define it under `given`, `each` or `capture`",
                ));
            }
        }
        names.found.extend(step.capture.keys().map(String::as_str));
    }
    found
}

fn nobody(file: &SourceFile, name: &str, at: Location) -> Diagnostic {
    let message = format!("the variable `{name}` is not defined here");
    Diagnostic::at(Code::UndefinedVariable, file, at, message)
}

impl<'c> Names<'c> {
    fn of_foreach(context: &Context<'c>, case: &'c Case) -> Self {
        let mut names = Self::default();
        for (variable, source) in &case.foreach {
            match source {
                Source::In(_) => names.values.push(&variable.value),
                Source::Table { name, .. } => names.rows.push((
                    &variable.value,
                    context
                        .tables
                        .get(&name.value)
                        .map(|table| table.columns.as_slice()),
                )),
            }
        }
        names
    }

    fn check(&self, file: &SourceFile, template: &Template) -> Vec<Diagnostic> {
        template
            .names()
            .into_iter()
            .filter(|name| !self.has(name))
            .map(|name| {
                let all = self.all();
                let otherwise = if all.is_empty() {
                    "define it under `foreach`, `given` or `capture`; write `{{` for a literal brace"
                        .to_owned()
                } else {
                    format!("defined here: {}", all.join(", "))
                };
                nobody(file, name, template.location()).meant(
                    name,
                    all.iter().map(String::as_str),
                    otherwise,
                )
            })
            .collect()
    }

    fn has(&self, name: &str) -> bool {
        let (head, field) = match name.split_once('.') {
            Some((head, field)) => (head, Some(field)),
            None => (name, None),
        };
        let is_column = |columns: Option<&[String]>| match (columns, field) {
            (None, _) => true,
            (Some(columns), Some(field)) => columns.iter().any(|column| column == field),
            (Some(_), None) => false,
        };
        self.found.contains(head)
            || (field.is_none() && self.values.contains(&head))
            || self
                .rows
                .iter()
                .any(|(row, columns)| *row == head && is_column(*columns))
    }

    fn all(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (row, columns) in &self.rows {
            let columns = columns.unwrap_or_default().iter();
            all.extend(columns.map(|column| format!("{row}.{column}")));
        }
        all.extend(self.values.iter().map(|&value| value.to_owned()));
        all.extend(self.found.iter().map(|&name| name.to_owned()));
        all
    }
}
