//! A case stays short enough to be read at once.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::file::SourceFile;
use super::super::model::Case;
use super::Context;

/// Most lines of a case.
const MOST: u64 = 40;

pub(super) fn lines(_: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    if case.origin.lines <= MOST {
        return Vec::new();
    }
    let message = format!("the case has {} lines, more than {MOST}", case.origin.lines);
    vec![
        Diagnostic::at(Code::LongCase, file, case.id.referenced, message)
            .help("split it: one rule a case; put what repeats into a table"),
    ]
}
