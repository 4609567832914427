//! What is wrong with a case file: where, what, and how to mend it.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_saphyr::Location;

use super::file::SourceFile;
use crate::spelling::nearest;

/// The kinds of diagnostics; each has a stable kebab-case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    UnreadableFile,
    YamlSyntax,
    UnknownKey,
    MissingKey,
    WrongValue,
    UnknownExpectation,
    NotYetSupported,
    BadTemplate,
    BadRegex,
    BadFhirpath,
    UndefinedVariable,
    UnknownTable,
    UnknownColumn,
    RaggedTable,
    NoRows,
    TooManyTests,
    SameLabel,
    DuplicateId,
    UnknownNeed,
    CircularNeeds,
    UnknownRequirement,
    UnlinkedRequirement,
    NeedlessReason,
    UndeclaredWrite,
    LongCase,
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    Warning,
    Error,
}

impl Code {
    /// Every code with its name.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::UnreadableFile, "unreadable-file"),
        (Self::YamlSyntax, "yaml-syntax"),
        (Self::UnknownKey, "unknown-key"),
        (Self::MissingKey, "missing-key"),
        (Self::WrongValue, "wrong-value"),
        (Self::UnknownExpectation, "unknown-expectation"),
        (Self::NotYetSupported, "not-yet-supported"),
        (Self::BadTemplate, "bad-template"),
        (Self::BadRegex, "bad-regex"),
        (Self::BadFhirpath, "bad-fhirpath"),
        (Self::UndefinedVariable, "undefined-variable"),
        (Self::UnknownTable, "unknown-table"),
        (Self::UnknownColumn, "unknown-column"),
        (Self::RaggedTable, "ragged-table"),
        (Self::NoRows, "no-rows"),
        (Self::TooManyTests, "too-many-tests"),
        (Self::SameLabel, "same-label"),
        (Self::DuplicateId, "duplicate-id"),
        (Self::UnknownNeed, "unknown-need"),
        (Self::CircularNeeds, "circular-needs"),
        (Self::UnknownRequirement, "unknown-requirement"),
        (Self::UnlinkedRequirement, "unlinked-requirement"),
        (Self::NeedlessReason, "needless-reason"),
        (Self::UndeclaredWrite, "undeclared-write"),
        (Self::LongCase, "long-case"),
    ];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(code, _)| *code == self)
            .map_or("unknown", |(_, name)| name)
    }

    /// Whether it makes the file broken.
    #[must_use]
    pub fn gravity(self) -> Gravity {
        match self {
            Self::LongCase | Self::SameLabel | Self::UnlinkedRequirement => Gravity::Warning,
            _ => Gravity::Error,
        }
    }

    /// Whether a case with it cannot run at all and is left out.
    #[must_use]
    pub(super) fn leaves_out(self) -> bool {
        self.gravity() == Gravity::Error
            && !matches!(
                self,
                Self::UnknownRequirement
                    | Self::UnknownNeed
                    | Self::CircularNeeds
                    | Self::NeedlessReason
            )
    }
}

/// One thing that is wrong with a file.
#[derive(Clone)]
pub struct Diagnostic {
    pub code: Code,
    /// Path as a reader finds it.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: u64,
    /// In characters, from 1; 0 where the whole file is meant.
    pub column: u64,
    /// What is wrong, in one sentence.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    text: Arc<str>,
    span: Range<usize>,
}

impl Diagnostic {
    pub(super) fn at(code: Code, file: &SourceFile, at: Location, message: String) -> Self {
        Self {
            code,
            file: file.path.clone(),
            line: at.line(),
            column: at.column(),
            message,
            help: None,
            text: Arc::clone(&file.text),
            span: span(&file.text, at),
        }
    }

    pub(super) fn of_file(code: Code, path: &str, message: String) -> Self {
        Self {
            code,
            file: path.to_owned(),
            line: 0,
            column: 0,
            message,
            help: None,
            text: Arc::from(""),
            span: 0..0,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the nearest of `known` as the likely meaning, or else the given help.
    pub(super) fn meant<'k>(
        self,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
        otherwise: impl Into<String>,
    ) -> Self {
        match nearest(word, known) {
            Some(candidate) => self.help(format!("did you mean `{candidate}`?")),
            None => self.help(otherwise),
        }
    }

    #[must_use]
    pub fn gravity(&self) -> Gravity {
        self.code.gravity()
    }

    /// The diagnostic with its place in the source, like a compiler's; with colours for a terminal.
    #[must_use]
    pub fn render(&self, coloured: bool) -> String {
        let level = match self.gravity() {
            Gravity::Error => Level::ERROR,
            Gravity::Warning => Level::WARNING,
        };
        let title = level
            .primary_title(self.message.as_str())
            .id(self.code.name());
        let snippet = Snippet::source(&*self.text)
            .path(self.file.as_str())
            .annotation(AnnotationKind::Primary.span(self.span.clone()));
        let mut group = if self.line == 0 {
            Group::with_title(title).element(annotate_snippets::Origin::path(self.file.as_str()))
        } else {
            title.element(snippet)
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if coloured {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }
}

impl fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.name();
        let (file, line, column) = (&self.file, self.line, self.column);
        write!(f, "{file}:{line}:{column}: {code}: {}", self.message)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// The bytes a location covers, on its first line, within the text and on character boundaries.
fn span(text: &str, at: Location) -> Range<usize> {
    let offset = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok());
    let mut start = offset(at.span().byte_offset()).unwrap_or(0).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let mut end = start
        + offset(at.span().byte_len())
            .unwrap_or(0)
            .clamp(first, line.max(first));
    end = end.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}
