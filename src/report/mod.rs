//! RunOutcome → JSON, JUnit, HTML. Never runs anything.
//!
//! ```text
//! OUT/
//!  ├─ report.json      the record; everything else derives from it
//!  ├─ exchanges.jsonl  one exchange a line, bodies whole
//!  ├─ junit.xml        for CI systems
//!  └─ index.html       for people; self-contained
//! ```

mod cause;
mod cut;
mod html;
mod junit;
pub(crate) mod private_file;
mod progress;
mod summary;
mod words;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::outcome::RunOutcome;

pub(crate) use html::dress;
pub use progress::Progress;
pub use summary::summary_text;

/// JSON Schema (2020-12) of `report.json`.
pub const SCHEMA: &str = include_str!("../../schemas/report.schema.json");

/// Files that were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page for people.
    pub index: PathBuf,
}

/// Why a report could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("cannot write {}: {source}; choose another folder with --out", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is no report.json of this program: {source}", path.display())]
    Malformed {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("cannot render {name}: {problem}")]
    Render { name: &'static str, problem: String },
}

/// Makes the folder for the reports and sees that files can be written there.
///
/// # Errors
/// When that is not so.
pub fn prepare(out: &Path) -> Result<(), ReportError> {
    let probe = out.join(".writable");
    private_file::create_folder(out)
        .and_then(|()| private_file::write(&probe, |_| Ok(())))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|source| unwritable(out, source))
}

/// Writes all files.
///
/// # Errors
/// When a file cannot be written.
pub fn write_all(outcome: &RunOutcome, out: &Path) -> Result<Written, ReportError> {
    private_file::create_folder(out).map_err(|source| unwritable(out, source))?;
    write(&out.join("exchanges.jsonl"), |file| {
        exchanges(outcome, file)
    })?;
    let record = cut::long_bodies(outcome);
    write(&out.join("report.json"), |file| {
        serde_json::to_writer_pretty(&mut *file, &record)?;
        file.write_all(b"\n")
    })?;
    write_derived(&record, out)
}

/// Reads a record that was written before.
///
/// # Errors
/// When the file is unreadable or no such record.
pub fn read(path: &Path) -> Result<RunOutcome, ReportError> {
    let json = std::fs::read(path).map_err(|source| ReportError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&json).map_err(|source| ReportError::Malformed {
        path: path.to_owned(),
        source,
    })
}

/// Writes what derives from the record: `junit.xml` and `index.html`.
///
/// # Errors
/// When a file cannot be written.
pub fn write_derived(record: &RunOutcome, out: &Path) -> Result<Written, ReportError> {
    private_file::create_folder(out).map_err(|source| unwritable(out, source))?;
    let (junit, index) = (junit::render(record), out.join("index.html"));
    write(&out.join("junit.xml"), |file| {
        file.write_all(junit.as_bytes())
    })?;
    let page = html::render(record)?;
    write(&index, |file| file.write_all(page.as_bytes()))?;
    Ok(Written { index })
}

fn write(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), ReportError> {
    private_file::write(path, content).map_err(|source| unwritable(path, source))
}

fn unwritable(path: &Path, source: io::Error) -> ReportError {
    ReportError::Unwritable {
        path: path.to_owned(),
        source,
    }
}

/// One exchange a line, with its bodies as they were recorded.
fn exchanges(outcome: &RunOutcome, file: &mut impl Write) -> io::Result<()> {
    for exchange in &outcome.exchanges {
        serde_json::to_writer(&mut *file, exchange)?;
        file.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
