//! FHIRPath expressions can be read, with the values of every row.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_saphyr::Location;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::expand::{self, Row};
use super::super::file::SourceFile;
use super::super::model::{Capability, Case, Expectation, Given};
use super::super::template::Template;
use super::super::walk;
use super::Context;
use crate::fhirpath::Engine;

/// Reads expressions; what types they are about does not matter for that.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::untyped);

pub(super) fn expressions(
    context: &Context<'_>,
    file: &SourceFile,
    case: &Case,
) -> Vec<Diagnostic> {
    let rows = expand::rows(case, context.tables);
    let of_templates = templates(case).into_iter().filter_map(|template| {
        let filled: BTreeSet<String> = rows.iter().map(|row| fill(template, row)).collect();
        filled
            .iter()
            .filter(|expression| !expression.is_empty())
            .find_map(|expression| unreadable(file, expression, template.location()))
    });
    of_templates.collect()
}

fn templates(case: &Case) -> Vec<&Template> {
    let requires = case.requires.iter();
    let mut found: Vec<&Template> = requires
        .filter_map(|requires| match &requires.capability {
            Capability::Declares(expression) => Some(expression),
            _ => None,
        })
        .collect();
    for given in case.given.values() {
        if let Given::Seed(query) = given {
            found.extend(&query.having);
        }
    }
    for step in &case.steps {
        found.extend(step.each.iter().flat_map(|each| &each.having));
        found.extend(step.capture.values());
        let expectations = walk::flat(&step.expect).into_iter();
        for expectation in expectations {
            match expectation {
                Expectation::Fhirpath(template) => found.push(template),
                Expectation::Records(rule) => {
                    found.extend(rule.having.iter().chain([&rule.fhirpath]));
                }
                _ => {}
            }
        }
    }
    found
}

/// The expression of a row. What only the run knows is an id or a date, for which a word stands.
fn fill(template: &Template, row: &Row) -> String {
    let value = |name: &str| {
        let known = row.variables.get(name).cloned();
        Some(known.unwrap_or_else(|| "x".to_owned()))
    };
    // A template that cannot be read is said elsewhere.
    template.render(&value).unwrap_or_default()
}

fn unreadable(file: &SourceFile, expression: &str, at: Location) -> Option<Diagnostic> {
    let error = ENGINE.compile(expression).err()?;
    let message = format!("the FHIRPath expression `{expression}` cannot be read");
    let reason = error.to_string();
    let reason = reason.lines().next().unwrap_or_default();
    Some(Diagnostic::at(Code::BadFhirpath, file, at, message).help(format!("mend it: {reason}")))
}
