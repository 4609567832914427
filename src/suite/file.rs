//! A file of a suite.

use std::sync::Arc;

/// What a file holds, by the folder it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Cases,
    Table,
    Requirements,
}

/// One YAML file.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path as a reader finds it.
    pub path: String,
    /// Path below the suite's folder, with `/`.
    pub relative: String,
    pub text: Arc<str>,
}

impl SourceFile {
    /// What the file holds.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.relative.split('/').next() {
            Some("tables") => Kind::Table,
            Some("requirements") => Kind::Requirements,
            _ => Kind::Cases,
        }
    }

    /// File name without its ending: the name of a table.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.relative.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}
