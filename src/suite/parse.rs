//! One file: YAML → checked against its schema → typed members with their place.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_saphyr::{Location, Options};

use super::diagnostic::{Code, Diagnostic};
use super::file::SourceFile;
use super::node::Node;
use super::schema;

/// A member of a file's list.
#[derive(Debug)]
pub struct Item<T> {
    pub value: T,
    /// Where it begins.
    pub at: Location,
    /// Number of lines, without empty lines and comments after it.
    pub lines: u64,
}

/// What a file gave.
#[derive(Debug)]
pub struct Parsed<T> {
    /// The members that can be used.
    pub items: Vec<Item<T>>,
    /// Ids of members that are broken, so that what names them is not called unknown.
    pub broken_ids: Vec<String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file. A broken member is left out with a diagnostic; the others remain.
pub fn file<T: DeserializeOwned>(file: &SourceFile) -> Parsed<T> {
    let mut parsed = Parsed {
        items: Vec::new(),
        broken_ids: Vec::new(),
        diagnostics: Vec::new(),
    };
    let root: Node = match serde_saphyr::from_str_with_options(&file.text, options()) {
        Ok(root) => root,
        Err(error) => {
            parsed.diagnostics.push(syntax(file, &error));
            return parsed;
        }
    };
    let findings = schema::check(file, &root);
    let broken: Vec<usize> = findings.iter().filter_map(|finding| finding.item).collect();
    let whole_file = findings.iter().any(|finding| finding.item.is_none());
    parsed.diagnostics = findings
        .into_iter()
        .map(|finding| finding.diagnostic)
        .collect();
    let members = extents(file, &root);
    parsed.broken_ids = members
        .iter()
        .enumerate()
        .filter(|(index, _)| whole_file || broken.contains(index))
        .filter_map(|(_, member)| Some(member.node.member("id")?.1.text()?.to_owned()))
        .collect();
    if whole_file {
        return parsed;
    }
    let (text, kept) = without(&file.text, &members, &broken);
    match serde_saphyr::from_str_with_options::<Vec<T>>(&text, options()) {
        // More than are kept where broken ones share their line with others: then none is used.
        Ok(values) if values.len() == kept.len() => {
            parsed.items = values
                .into_iter()
                .zip(kept)
                .map(|(value, member)| Item {
                    value,
                    at: member.node.at,
                    lines: member.lines(&file.text),
                })
                .collect();
        }
        Err(error) if broken.is_empty() => parsed.diagnostics.push(syntax(file, &error)),
        // What is wrong was said.
        Ok(_) | Err(_) => {}
    }
    parsed
}

/// Limits against hostile input. Anchors are not part of the format: tables repeat what repeats.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_documents: 1,
            max_nodes: 200_000,
            max_events: 500_000,
            max_total_scalar_bytes: 2 << 20,
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
        },
        strict_booleans: true,
        with_snippet: false,
    }
}

fn syntax(file: &SourceFile, error: &serde_saphyr::Error) -> Diagnostic {
    let error = error.without_snippet();
    let location = error.location().unwrap_or(Location::UNKNOWN);
    Diagnostic::at(Code::YamlSyntax, file, location, first_line(error)).help(
        "make it a YAML list of entries; quote text that holds `: `, ` #` or braces; anchors are not allowed",
    )
}

fn first_line(error: &impl Display) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// The lines of a member of the file's list: bytes from its first line on.
struct Extent<'n> {
    node: &'n Node,
    start: usize,
    end: usize,
}

impl Extent<'_> {
    fn lines(&self, text: &str) -> u64 {
        let own = text.get(self.start..self.end).unwrap_or_default();
        let is_content = |line: &str| {
            let line = line.trim_start();
            !line.is_empty() && !line.starts_with('#')
        };
        let lines: Vec<_> = own.lines().collect();
        let last = lines.iter().rposition(|line| is_content(line));
        last.map_or(0, |last| last as u64 + 1)
    }
}

fn extents<'n>(file: &SourceFile, root: &'n Node) -> Vec<Extent<'n>> {
    let text = &*file.text;
    let starts: Vec<usize> = root
        .items()
        .iter()
        .map(|item| {
            let at = item.at.span().byte_offset().unwrap_or(0);
            let at = usize::try_from(at).unwrap_or(0).min(text.len());
            let before = text.get(..at).unwrap_or_default();
            before.rfind('\n').map_or(0, |newline| newline + 1)
        })
        .collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    root.items()
        .iter()
        .zip(starts.iter().zip(ends))
        .map(|(node, (start, end))| Extent {
            node,
            start: *start,
            end: end.max(*start),
        })
        .collect()
}

/// The text with the lines of broken members emptied, so that the others keep their place.
fn without<'m, 'n>(
    text: &str,
    members: &'m [Extent<'n>],
    broken: &[usize],
) -> (String, Vec<&'m Extent<'n>>) {
    let mut kept = Vec::new();
    let mut bytes = text.as_bytes().to_vec();
    for (index, member) in members.iter().enumerate() {
        if !broken.contains(&index) {
            kept.push(member);
            continue;
        }
        for byte in bytes.get_mut(member.start..member.end).unwrap_or_default() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), kept)
}
