//! What a schema cannot say about a case: one file a kind of rule.

mod fhirpath;
mod linked;
mod references;
mod size;
mod steps;
mod tables;
mod variables;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostic;
use super::file::SourceFile;
use super::model::Case;
use super::table::Table;
use crate::requirement::Catalogue;

pub(super) use linked::unlinked;
pub(super) use references::circles;

/// What a case may refer to.
pub(super) struct Context<'s> {
    pub tables: &'s BTreeMap<String, Table>,
    /// Tables that exist but could not be read.
    pub broken_tables: &'s BTreeSet<String>,
    pub requirements: &'s Catalogue,
    /// Ids of all cases, with those that are broken.
    pub case_ids: &'s BTreeSet<String>,
}

type Rule = fn(&Context<'_>, &SourceFile, &Case) -> Vec<Diagnostic>;

const RULES: &[Rule] = &[
    tables::sources,
    variables::templates,
    variables::undefined,
    references::requirements,
    references::needs,
    steps::reserved,
    steps::regexes,
    fhirpath::expressions,
    size::lines,
    writes::are_declared,
];

/// All that is wrong with a case.
pub(super) fn case(context: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    RULES
        .iter()
        .flat_map(|rule| rule(context, file, case))
        .collect()
}
