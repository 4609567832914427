//! The `div` of a narrative: kept as text, as JSON has it (FHIR R4 json, narrative).

use quick_xml::NsReader;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;

use super::syntax::{MAX_DEPTH, Trouble, XHTML, document_type, malformed, position, too_deep};

/// Entities that XML knows without a declaration.
const ENTITIES: [&str; 5] = ["amp", "lt", "gt", "quot", "apos"];

/// Reads to the end of a `div` whose tag begins at `start`, and gives its text.
pub(super) fn take(
    reader: &mut NsReader<&[u8]>,
    text: &str,
    start: usize,
    tag: &BytesStart<'_>,
) -> Result<String, Trouble> {
    let mut depth = 1;
    while depth > 0 {
        let at = position(reader);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(at);
            malformed(at, error.to_string())
        })?;
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::GeneralRef(reference) => {
                let known = reference.is_char_ref() || ENTITIES.contains(&&*reference);
                if !known {
                    let message = format!("`&{};` is declared nowhere", &*reference);
                    let fix = "write the character itself, or its number as `&#160;`";
                    return Err(Trouble::new(at, message, fix));
                }
            }
            Event::DocType(_) => return Err(document_type(at)),
            Event::Eof => return Err(malformed(start, "the narrative is never closed")),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
    }
    plain(text, start, position(reader), tag)
}

/// A `div` that is one empty tag.
pub(super) fn empty(
    text: &str,
    start: usize,
    end: usize,
    tag: &BytesStart<'_>,
) -> Result<String, Trouble> {
    plain(text, start, end, tag)
}

/// The text with XHTML as its default namespace, as JSON has it.
fn plain(text: &str, start: usize, end: usize, tag: &BytesStart<'_>) -> Result<String, Trouble> {
    let div = text
        .get(start..end)
        .ok_or_else(|| malformed(start, "the narrative is cut off"))?;
    let declares = tag
        .attributes()
        .flatten()
        .any(|attribute| attribute.key == QName("xmlns") && attribute.value == XHTML);
    match tag.name().prefix() {
        None if declares => Ok(div.to_owned()),
        None => Ok(declared(div, tag.name())),
        Some(prefix) => without_prefix(div, prefix.into_inner(), start),
    }
}

fn declared(div: &str, name: QName<'_>) -> String {
    let name = name.into_inner();
    let rest = div.get(1 + name.len()..).unwrap_or_default();
    format!("<{name} xmlns=\"{XHTML}\"{rest}")
}

fn without_prefix(div: &str, prefix: &str, start: usize) -> Result<String, Trouble> {
    let mut reader = Reader::from_str(div);
    let mut out = String::with_capacity(div.len());
    let mut from = 0;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| malformed(start, error.to_string()))?;
        let to = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let piece = div.get(from..to).unwrap_or_default();
        match event {
            Event::Start(_) | Event::Empty(_) | Event::End(_) => {
                let (open, name) = match piece.strip_prefix("</") {
                    Some(name) => ("</", name),
                    None => ("<", piece.get(1..).unwrap_or_default()),
                };
                let local = name
                    .strip_prefix(prefix)
                    .and_then(|rest| rest.strip_prefix(':'))
                    .unwrap_or(name);
                out.push_str(open);
                if from == 0 {
                    let end = local
                        .find(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '>'))
                        .unwrap_or(local.len());
                    let (local, rest) = local.split_at(end);
                    out.push_str(&format!("{local} xmlns=\"{XHTML}\"{rest}"));
                } else {
                    out.push_str(local);
                }
            }
            Event::Eof => return Ok(out),
            _ => out.push_str(piece),
        }
        from = to;
    }
}
