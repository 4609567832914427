//! What steps may hold.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::file::SourceFile;
use super::super::model::{Case, Expectation};
use super::super::walk;
use super::Context;

/// Keys of client cases.
pub(super) fn reserved(_: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    let keys = case.steps.iter().flat_map(|step| {
        [("await", &step.awaited), ("reply", &step.reply)]
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)))
    });
    keys.map(|(key, value)| {
        let message = format!("`{key}` is reserved for client cases and not yet supported");
        Diagnostic::at(Code::NotYetSupported, file, value.0.referenced, message)
            .help("use `request`; the case is left out until then")
    })
    .collect()
}

pub(super) fn regexes(_: &Context<'_>, file: &SourceFile, case: &Case) -> Vec<Diagnostic> {
    case.steps
        .iter()
        .flat_map(|step| walk::flat(&step.expect))
        .filter_map(|expectation| match expectation {
            Expectation::Header(header) => header.matches.as_ref(),
            _ => None,
        })
        .filter_map(|pattern| {
            let error = regex::Regex::new(&pattern.value).err()?;
            let what = error.to_string();
            let what = what.lines().last().unwrap_or_default().trim();
            let message = format!("the regular expression cannot be read: {what}");
            let diagnostic = Diagnostic::at(Code::BadRegex, file, pattern.referenced, message);
            Some(diagnostic.help("mend it; it is in the syntax of Rust's regex crate"))
        })
        .collect()
}
