//! FHIR XML (FHIR R4 xml): text → the JSON model and back, by the element definitions.
//!
//! ```text
//! text → tree (elements, no definitions yet) → read → JSON value and findings
//! JSON value → write → text
//! ```
//! The definitions say what is a list, of what type a value is, and in which order elements stand.
//! Decimals keep the precision that the JSON model has: a number of 64 bits.

mod narrative;
mod place;
mod read;
mod syntax;
mod tree;
mod types;
mod write;

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use crate::definition::Definitions;
use crate::fhir::{Issue, IssueCode, Lines, Location, Severity};
use syntax::Trouble;
use types::Types;

pub use read::Document;
pub use write::WriteError;

/// Reads and writes FHIR XML. A clone is cheap and shares what is known of the types.
#[derive(Clone)]
pub struct Xml(Arc<Types>);

impl fmt::Debug for Xml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Xml")
    }
}

impl Xml {
    /// By these definitions.
    #[must_use]
    pub fn new(definitions: Definitions) -> Self {
        Self(Arc::new(Types::new(definitions)))
    }

    /// By the definitions of FHIR R4 that are built in; shared.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Xml> = LazyLock::new(|| Xml::new(Definitions::embedded()));
        &EMBEDDED
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// A fatal issue with line and column, where the text is no well-formed XML, holds a document type
    /// declaration, is nested too deeply, or has no FHIR resource as its root.
    pub fn read(&self, text: &str) -> Result<Document, Box<Issue>> {
        let text = without_mark(text);
        let tree = tree::parse(text).map_err(|trouble| Box::new(fatal(text, &trouble)))?;
        read::document(&self.0, text, tree, None).map_err(|trouble| Box::new(fatal(text, &trouble)))
    }

    /// Gives each issue that has none the line and column of the element that its pointer names, or
    /// of the nearest one around it.
    pub fn add_positions(&self, text: &str, issues: &mut [Issue]) {
        if issues.iter().all(|issue| issue.location.line.is_some()) {
            return;
        }
        let text = without_mark(text);
        let mut starts = read::Starts::default();
        let placed = tree::parse(text)
            .and_then(|tree| read::document(&self.0, text, tree, Some(&mut starts)));
        if placed.is_err() {
            return;
        }
        let lines = Lines::new(text);
        for issue in issues {
            if issue.location.line.is_none()
                && let Some(offset) = read::nearest(&starts, &issue.location.pointer)
            {
                let (line, column) = lines.place(offset);
                issue.location.line = Some(line);
                issue.location.column = Some(column);
            }
        }
    }

    /// Writes a resource, with the XML declaration and without white space between elements.
    ///
    /// # Errors
    /// [`WriteError`] where the value is no resource that XML can hold: a member that its type does
    /// not have, a value of the wrong kind, or a character that XML does not allow.
    pub fn write(&self, resource: &Value) -> Result<String, WriteError> {
        write::document(&self.0, resource)
    }
}

/// True where a text is XML rather than JSON: it begins with `<`.
#[must_use]
pub fn is_xml(text: &str) -> bool {
    without_mark(text).trim_start().starts_with('<')
}

/// Reads a resource by the definitions that are built in; nothing may be wrong with the text.
///
/// # Errors
/// What is wrong first, with line and column, in words.
pub fn read_value(text: &str) -> Result<Value, String> {
    let document = Xml::embedded()
        .read(text)
        .map_err(|issue| in_words(&issue))?;
    match document.issues.first() {
        None => Ok(document.value),
        Some(issue) => Err(in_words(issue)),
    }
}

fn in_words(issue: &Issue) -> String {
    let (line, column) = (issue.location.line, issue.location.column);
    let place = line.zip(column);
    let place = place.map(|(line, column)| format!("{line}:{column}: "));
    format!("{}{}", place.unwrap_or_default(), issue.message)
}

/// Text without a byte order mark.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn fatal(text: &str, trouble: &Trouble) -> Issue {
    let (line, column) = Lines::new(text).place(trouble.at);
    Issue {
        severity: Severity::Fatal,
        code: IssueCode::Structure,
        message: format!("the text is no FHIR XML: {}", trouble.message),
        fix: Some(trouble.fix.to_owned()),
        location: Location {
            line: Some(line),
            column: Some(column),
            ..Location::default()
        },
        profile: None,
        rule: "xml-syntax".to_owned(),
    }
}

#[cfg(test)]
mod tests;
