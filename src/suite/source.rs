//! Reads the files of a suite: those inside the program, and those of a folder.

use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;

use super::diagnostic::{Code, Diagnostic};
use super::file::SourceFile;

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Deepest folder below a suite's that is read.
const MAX_DEPTH: usize = 4;
/// Most files of a folder that are read.
const MAX_FILES: usize = 2000;

/// The built-in suite.
#[derive(RustEmbed)]
#[folder = "testcases/"]
struct BuiltIn;

/// Files with the diagnostics of those that could not be read.
pub type Read = (Vec<SourceFile>, Vec<Diagnostic>);

/// The files of the built-in suite, by path.
#[must_use]
pub fn embedded() -> Read {
    let mut names: Vec<_> = BuiltIn::iter()
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    names.sort_unstable();
    let mut files = Vec::new();
    let mut diagnostics = Vec::new();
    for relative in names {
        let Some(file) = BuiltIn::get(&relative) else {
            continue;
        };
        let path = format!("testcases/{relative}");
        match decode(&path, &relative, file.data.into_owned()) {
            Ok(file) => files.push(file),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    (files, diagnostics)
}

/// The YAML files of a folder and its folders, by path.
#[must_use]
pub fn folder(root: &Path) -> Read {
    let mut paths = Vec::new();
    let mut diagnostics = Vec::new();
    collect(root, MAX_DEPTH, &mut paths, &mut diagnostics);
    paths.sort_unstable();
    if paths.len() > MAX_FILES {
        paths.truncate(MAX_FILES);
        diagnostics.push(
            Diagnostic::of_file(
                Code::UnreadableFile,
                &root.display().to_string(),
                format!("more than {MAX_FILES} YAML files; the others are not read"),
            )
            .help("name the folder that holds the cases"),
        );
    }
    let mut files = Vec::new();
    for path in paths {
        match read(root, &path) {
            Ok(file) => files.push(file),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    (files, diagnostics)
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>, found: &mut Vec<Diagnostic>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            found.push(
                Diagnostic::of_file(
                    Code::UnreadableFile,
                    &folder.display().to_string(),
                    format!("the folder cannot be read: {error}"),
                )
                .help("name a folder with case files"),
            );
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if hidden || paths.len() > MAX_FILES {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, paths, found);
            }
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml")
        {
            paths.push(path);
        }
    }
}

fn read(root: &Path, path: &Path) -> Result<SourceFile, Box<Diagnostic>> {
    let shown = path.display().to_string();
    let unreadable = |what: String| {
        Box::new(
            Diagnostic::of_file(Code::UnreadableFile, &shown, what)
                .help("make it a readable UTF-8 file of at most 1 MiB, or take it out"),
        )
    };
    let metadata = std::fs::metadata(path)
        .map_err(|error| unreadable(format!("the file cannot be read: {error}")))?;
    if !metadata.is_file() {
        return Err(unreadable("it is no regular file".to_owned()));
    }
    if metadata.len() > MAX_FILE {
        return Err(unreadable(format!("the file has {} bytes", metadata.len())));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| unreadable(format!("the file cannot be read: {error}")))?;
    let relative = path.strip_prefix(root).unwrap_or(path);
    let relative: Vec<_> = relative
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    decode(&shown, &relative.join("/"), bytes)
}

fn decode(path: &str, relative: &str, bytes: Vec<u8>) -> Result<SourceFile, Box<Diagnostic>> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Box::new(
            Diagnostic::of_file(
                Code::UnreadableFile,
                path,
                format!("the file is not UTF-8 from byte {at} on"),
            )
            .help("save it as UTF-8"),
        )
    })?;
    Ok(SourceFile {
        path: path.to_owned(),
        relative: relative.to_owned(),
        text: text.into(),
    })
}
