//! `fhir-assay validate`: files, folders and NDJSON, in parallel, results in the order given.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{CliError, definitions, exit, output};
use crate::fhir::{Issue, IssueCode, Location, Severity, has_errors, operation_outcome};
use crate::package::Registry;
use crate::profile::{Unchecked, Validator};

/// What `validate` can be told.
#[derive(Debug, Args)]
pub struct ValidateArguments {
    /// Files (.json, .xml, .ndjson) or folders, which are searched for such files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Canonical URL of a profile every resource must conform to, beside those it claims (repeatable)
    #[arg(long, value_name = "URL")]
    profile: Vec<String>,

    /// FHIR package whose definitions win over the built-in ones: .tgz, folder, .json or NAME#VERSION (repeatable)
    #[arg(long, value_name = "PACKAGE")]
    package: Vec<String>,

    /// Registry (npm protocol) for packages that are not installed; without it nothing is downloaded (repeatable)
    #[arg(long, value_name = "URL")]
    registry: Vec<String>,

    /// Terminology server (FHIR base URL) to ask for codes that can't be decided here; codes are sent to it, nothing else
    #[arg(long, value_name = "URL")]
    tx: Option<String>,

    /// How results are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// One line a resource: `{"file":…,"outcome":OperationOutcome}`.
    Json,
}

/// What was found in one file, ready for printing.
struct FileResult {
    code: u8,
    text: String,
}

/// Validates and prints; the exit code is the worst of all files.
pub fn validate(arguments: &ValidateArguments) -> Result<u8, CliError> {
    let registry = match arguments.registry.as_slice() {
        [] => None,
        urls => Some(Registry::new(urls)?),
    };
    let definitions = definitions::load(&arguments.package, registry.as_ref())?;
    let server = definitions::terminology_server(arguments.tx.as_deref())?;
    let validator = Validator::asking(definitions, server);
    validator.prepare(&arguments.profile)?;
    let files = expand(&arguments.files)?;
    let mut worst = exit::CONFORMANT;
    let mut out = std::io::stdout().lock();
    in_order(
        &files,
        |file| validate_file(&validator, arguments, file),
        |result| {
            worst = worst.max(result.code);
            // A reader that went away is no reason to fail.
            let _ = out.write_all(result.text.as_bytes());
        },
    );
    // The process ends; to free all that was compiled, piece by piece, would only take time.
    std::mem::forget(validator);
    Ok(worst)
}

fn validate_file(validator: &Validator, arguments: &ValidateArguments, file: &Path) -> FileResult {
    let name = file.display().to_string();
    let text = match std::fs::read(file) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            output::note(format_args!("error: cannot read {name}: {error}"));
            return FileResult {
                code: exit::USAGE,
                text: String::new(),
            };
        }
    };
    let mut result = FileResult {
        code: exit::CONFORMANT,
        text: String::new(),
    };
    for (name, resource) in resources(&name, &text) {
        let found = validator.validate_text(resource, &arguments.profile);
        let mut issues = found.issues;
        issues.extend(found.unchecked.into_iter().map(not_checked));
        if has_errors(&issues) {
            result.code = exit::NON_CONFORMANT;
        }
        result.text += &match arguments.format {
            Format::Json => {
                json!({ "file": name, "outcome": operation_outcome(&issues) }).to_string() + "\n"
            }
            Format::Text => describe(&name, &issues),
        };
    }
    result
}

/// What was not checked, as an issue: never a silent pass.
fn not_checked(Unchecked { what, why }: Unchecked) -> Issue {
    Issue {
        severity: Severity::Information,
        code: IssueCode::NotSupported,
        message: format!("not checked: {what}: {why}"),
        fix: None,
        location: Location::default(),
        profile: None,
        rule: "not-checked".to_owned(),
    }
}

/// The resources of a file: its lines where it is NDJSON, else the whole.
fn resources<'a>(name: &str, text: &'a str) -> Vec<(String, &'a str)> {
    if !name.ends_with(".ndjson") {
        return vec![(name.to_owned(), text)];
    }
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| (format!("{name}#{}", index + 1), line))
        .collect()
}

fn describe(name: &str, issues: &[Issue]) -> String {
    let count = |severity| {
        issues
            .iter()
            .filter(|issue| issue.severity == severity)
            .count()
    };
    let errors = count(Severity::Error) + count(Severity::Fatal);
    let verdict = if errors > 0 { "invalid" } else { "valid" };
    let mut text = format!(
        "{name}: {verdict}, {errors} errors, {} warnings, {} notes\n",
        count(Severity::Warning),
        count(Severity::Information)
    );
    for issue in issues {
        text += &line_of(issue);
    }
    text
}

fn line_of(issue: &Issue) -> String {
    let place = &issue.location;
    let position = match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{line}:{column} "),
        _ => String::new(),
    };
    let severity = match issue.severity {
        Severity::Fatal | Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "note",
    };
    let fix = issue
        .fix
        .as_ref()
        .map(|fix| format!("; {fix}"))
        .unwrap_or_default();
    let path = match place.expression.as_str() {
        "" => String::new(),
        expression => format!("{expression}: "),
    };
    format!(
        "  {severity}: {position}{path}{}{fix} [{}]\n",
        issue.message, issue.rule
    )
}

/// Replaces folders by the resource files below them, sorted.
fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            collect(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err("no .json, .xml or .ndjson file in the folders given".into());
    }
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let unreadable = |error| format!("cannot read the folder {}: {error}", folder.display());
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // Links are not followed: a circle of them would never end.
        let kind = entry.file_type().map_err(unreadable)?;
        let path = entry.path();
        let is_resource = path.extension().is_some_and(|ending| {
            ["json", "xml", "ndjson"]
                .iter()
                .any(|known| ending == *known)
        });
        if kind.is_dir() {
            collect(&path, files)?;
        } else if kind.is_file() && is_resource {
            files.push(path);
        }
    }
    Ok(())
}

/// Runs `work` over all items on all cores and hands the results to `sink` in the items' order.
fn in_order<I: Sync, R: Send>(items: &[I], work: impl Fn(&I) -> R + Sync, mut sink: impl FnMut(R)) {
    if let [item] = items {
        // The memory of another thread grows in small steps, each a call to the kernel.
        return sink(work(item));
    }
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(items.len());
    let next = AtomicUsize::new(0);
    let (sender, receiver) = std::sync::mpsc::sync_channel::<(usize, R)>(workers * 4);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while let Some((index, item)) = take(next, items) {
                    if sender.send((index, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = std::collections::BTreeMap::new();
        let mut expected = 0;
        for (index, result) in receiver {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&expected) {
                sink(result);
                expected += 1;
            }
        }
    });
}

fn take<'a, I>(next: &AtomicUsize, items: &'a [I]) -> Option<(usize, &'a I)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_files() {
        let items: Vec<u64> = (0..100).collect();
        let mut seen = Vec::new();
        in_order(&items, |item| item * 2, |result| seen.push(result));
        assert_eq!(seen, items.iter().map(|item| item * 2).collect::<Vec<_>>());
    }

    #[test]
    fn ndjson_lines_are_named() {
        let found = resources("a.ndjson", "{}\n\n{\"x\":1}\n");
        assert_eq!(
            found,
            [
                ("a.ndjson#1".to_owned(), "{}"),
                ("a.ndjson#3".to_owned(), "{\"x\":1}")
            ]
        );
        assert_eq!(resources("a.json", "{\n}").len(), 1);
    }
}
