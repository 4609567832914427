//! Every name in braces has a value.

use std::collections::BTreeSet;

use serde_saphyr::Location;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::file::SourceFile;
use super::super::model::{Case, Given, RESOURCE_FIELDS, Source, Step};
use super::super::template::Template;
use super::super::walk;
use super::Context;

/// Templates can be read.
pub(super) fn templates(_: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    let of_steps = case.steps.iter().flat_map(walk::templates_of_step);
    let of_givens = case.given.values().flat_map(walk::templates_of_given);
    walk::templates_of_case(case)
        .into_iter()
        .chain(of_givens)
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
    /// Values without fields.
    values: BTreeSet<&'c str>,
    /// Variables that hold a resource, with [`RESOURCE_FIELDS`].
    resources: BTreeSet<&'c str>,
    /// Names of steps.
    steps: BTreeSet<&'c str>,
}

/// Names in braces, and variables named without, are defined where they are used.
pub(super) fn undefined(context: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    let mut names = Names::of_foreach(context, case);
    let mut found = names.check_all(file, walk::templates_of_case(case));
    for (variable, given) in &case.given {
        match given {
            Given::Seed(_) => names.resources.insert(variable),
            _ => names.values.insert(variable),
        };
    }
    for given in case.given.values() {
        found.extend(names.check_all(file, walk::templates_of_given(given)));
    }
    for step in &case.steps {
        found.extend(names.check_step(file, step));
        names.values.extend(step.capture.keys().map(String::as_str));
        names
            .values
            .extend(step.keep.iter().map(|name| name.value.as_str()));
        names
            .steps
            .extend(step.name.iter().map(|name| name.value.as_str()));
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
                Source::In(_) => {
                    names.values.insert(&variable.value);
                }
                Source::Table { name, .. } => {
                    let table = context.tables.get(&name.value);
                    let columns = table.map(|table| table.columns.as_slice());
                    names.rows.push((&variable.value, columns));
                }
            }
        }
        names
    }

    fn check_step(&self, file: &SourceFile, step: &'c Step) -> Vec<Diagnostic> {
        let mut here = self.clone();
        if let Some(each) = &step.each {
            here.resources.insert(&each.variable.value);
        }
        if let Some(answers) = &step.answers {
            here.resources.insert(&answers.variable.value);
        }
        let mut found = here.check_all(file, walk::templates_of_step(step));
        for variable in walk::variables_of_step(step) {
            if !here.resources.contains(variable.value.as_str()) {
                found.push(nobody(file, &variable.value, variable.referenced).meant(
                    &variable.value,
                    here.resources.iter().copied(),
                    "define it as a `seed` under `given`, or by `each`",
                ));
            }
        }
        for name in walk::steps_of_step(step) {
            if !self.steps.contains(name.value.as_str()) {
                let message = format!("no earlier step is named `{}`", name.value);
                let diagnostic =
                    Diagnostic::at(Code::UndefinedVariable, file, name.referenced, message);
                found.push(diagnostic.meant(
                    &name.value,
                    self.steps.iter().copied(),
                    "name the step by `as`",
                ));
            }
        }
        found
    }

    fn check_all(&self, file: &SourceFile, templates: Vec<&Template>) -> Vec<Diagnostic> {
        templates
            .into_iter()
            .flat_map(|template| self.check(file, template))
            .collect()
    }

    fn check(&self, file: &SourceFile, template: &Template) -> Vec<Diagnostic> {
        let undefined = template.names().into_iter().filter(|name| !self.has(name));
        undefined
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
        let Some((head, field)) = name.split_once('.') else {
            return self.values.contains(name) || self.resources.contains(name);
        };
        let is_column = |columns: Option<&[String]>| {
            columns.is_none_or(|columns| columns.iter().any(|column| column == field))
        };
        let row = self.rows.iter().find(|(row, _)| *row == head);
        row.is_some_and(|(_, columns)| is_column(*columns))
            || (self.resources.contains(head) && RESOURCE_FIELDS.contains(&field))
    }

    fn all(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (row, columns) in &self.rows {
            let columns = columns.unwrap_or_default().iter();
            all.extend(columns.map(|column| format!("{row}.{column}")));
        }
        all.extend(self.values.iter().map(|&value| value.to_owned()));
        for resource in &self.resources {
            all.push((*resource).to_owned());
            all.extend(
                RESOURCE_FIELDS
                    .iter()
                    .map(|field| format!("{resource}.{field}")),
            );
        }
        all
    }
}
