//! Errors that examples have by right: rows of a list, each with its reason.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::path::Path;

use serde::Deserialize;

/// Errors that are known to be true.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// File names; `*` stands for anything.
    pub files: String,
    pub rule: String,
    /// FHIRPath without positions; `*` stands for anything.
    pub at: String,
    pub count: usize,
    /// Why R4 says so.
    pub why: String,
}

impl Row {
    /// Whether the row speaks of this error; the place is a FHIRPath with positions.
    pub fn fits(&self, file: &str, rule: &str, expression: &str) -> bool {
        self.rule == rule
            && fits(&self.files, file)
            && fits(&self.at, &without_positions(expression))
    }
}

/// The rows of a list, such as `tests/sweep/findings.yaml`.
pub fn rows(list: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(list);
    let text = std::fs::read_to_string(path).expect("the list of findings");
    serde_saphyr::from_str(&text).expect("a list of rows")
}

/// Whether a text is what a pattern with `*` says.
pub fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            let starts = text.char_indices().map(|(at, _)| at);
            starts.chain([text.len()]).any(|at| fits(rest, &text[at..]))
        }),
    }
}

pub fn without_positions(expression: &str) -> String {
    let mut parts = expression.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        out + part.split_once(']').map_or(part, |(_, rest)| rest)
    })
}
