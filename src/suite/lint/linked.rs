//! Every requirement of the catalogue is verified by a case, or says why none does that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::expand;
use super::super::file::SourceFile;
use super::super::model::Case;
use super::super::table::Table;
use super::super::template::Template;
use super::references::grouped;
use crate::requirement::{Catalogue, Requirement};

/// A requirement that no case names and that gives no reason, and a reason for what a case names.
pub(in super::super) fn unlinked(
    cases: &[Arc<Case>],
    tables: &BTreeMap<String, Table>,
    catalogue: &Catalogue,
    files: &BTreeMap<String, SourceFile>,
) -> Vec<Diagnostic> {
    let linked: BTreeSet<String> = cases.iter().flat_map(|case| named(case, tables)).collect();
    catalogue
        .iter()
        .filter_map(|requirement| {
            let file = files.get(&requirement.id.value)?;
            judge(requirement, file, linked.contains(&requirement.id.value))
        })
        .collect()
}

fn judge(requirement: &Requirement, file: &SourceFile, is_linked: bool) -> Option<Diagnostic> {
    let id = &requirement.id;
    match (&requirement.untested, is_linked) {
        (Some(reason), true) => Some(
            Diagnostic::at(
                Code::NeedlessReason,
                file,
                reason.referenced,
                format!(
                    "a case verifies `{}`, and yet there is a reason why none does",
                    id.value
                ),
            )
            .help("take `untested` out"),
        ),
        (None, false) => Some(
            Diagnostic::at(
                Code::UnlinkedRequirement,
                file,
                id.referenced,
                format!("no case verifies `{}`", id.value),
            )
            .help("name it in `verifies` of a case, or say in `untested` why no case verifies it"),
        ),
        (None, true) | (Some(_), false) => None,
    }
}

/// The requirements that a case names in any of its rows.
fn named(case: &Case, tables: &BTreeMap<String, Table>) -> BTreeSet<String> {
    let mut templates: Vec<&Template> = case.verifies.iter().collect();
    for step in &case.steps {
        step.expect
            .iter()
            .for_each(|expectation| grouped(expectation, &mut templates));
    }
    let rows = expand::rows(case, tables);
    let ids = rows.iter().flat_map(|row| {
        templates.iter().filter_map(|template| {
            template
                .render(&|name| row.variables.get(name).cloned())
                .ok()
        })
    });
    ids.collect()
}
