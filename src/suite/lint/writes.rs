//! A case that may change data says so, so that it runs only where that is allowed.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::file::SourceFile;
use super::super::model::{Action, Case};
use super::Context;

/// Operations that change nothing (`OperationDefinition.affectsState` is false).
const SAFE_OPERATIONS: [&str; 2] = ["/$match", "/$validate"];

pub(super) fn are_declared(
    _context: &Context<'_>,
    file: &SourceFile,
    case: &Case,
) -> Vec<Diagnostic> {
    let may_write = case.steps.iter().any(|step| {
        let path = match &step.request {
            Some(Action::Send(send)) => &send.path,
            Some(Action::Publish(publish)) => &publish.path,
            _ => return false,
        };
        let path = path.as_ref().map_or("", |path| path.text());
        !SAFE_OPERATIONS
            .iter()
            .any(|operation| path.ends_with(operation))
    });
    if case.writes || !may_write {
        return Vec::new();
    }
    let message = format!(
        "the case {} may change data and does not say so",
        case.id.value
    );
    vec![
        Diagnostic::at(Code::UndeclaredWrite, file, case.id.referenced, message)
            .help("write `writes: true`; then it runs only with --allow-writes"),
    ]
}
