//! XML text → elements with attributes and narratives: what can be said without FHIR's definitions.

use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use super::narrative;
use super::syntax::{
    FHIR, MAX_DEPTH, Trouble, XHTML, document_type, is_allowed, malformed, position, too_deep,
};

/// Elements of one document at most: each takes some hundred bytes of memory, and may take four of text.
const MAX_ELEMENTS: usize = 2_000_000;
/// Attributes of one element at most: FHIR's have three, and the declarations of namespaces.
const MAX_ATTRIBUTES: usize = 32;
/// Namespace of attributes that are about the XML Schema of a document; they say nothing of it.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element.
#[derive(Debug)]
pub(super) struct Element {
    /// Name without its prefix.
    pub(super) name: String,
    /// True where it is in FHIR's namespace.
    pub(super) is_fhir: bool,
    /// Without those about namespaces and schemas.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// The text of a narrative's `div`, with its tags.
    pub(super) narrative: Option<String>,
    /// True where there is text in it, which FHIR has nowhere but in narratives.
    pub(super) has_text: bool,
    /// Offset of its tag, in bytes.
    pub(super) start: usize,
}

/// Reads a document to its end.
///
/// # Errors
/// Where the text is not well-formed, or has what FHIR does not allow anywhere.
pub(super) fn parse(text: &str) -> Result<Element, Trouble> {
    check_characters(text)?;
    let mut builder = Builder {
        text,
        open: Vec::new(),
        root: None,
        count: 0,
    };
    let mut reader = NsReader::from_str(text);
    loop {
        let at = position(&reader);
        let (namespace, event) = match reader.read_resolved_event() {
            Ok((namespace, event)) => (Kind::of(&namespace), event),
            Err(error) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(at);
                return Err(malformed(at, error.to_string()));
            }
        };
        match event {
            Event::Start(tag) if namespace == Kind::Xhtml => {
                let div = narrative::take(&mut reader, text, at, &tag)?;
                builder.narrative(&tag, at, div)?;
            }
            Event::Empty(tag) if namespace == Kind::Xhtml => {
                let div = narrative::empty(text, at, position(&reader), &tag)?;
                builder.narrative(&tag, at, div)?;
            }
            Event::Start(tag) => builder.start(&reader, &tag, namespace, at)?,
            Event::Empty(tag) => {
                builder.start(&reader, &tag, namespace, at)?;
                builder.end(at)?;
            }
            Event::End(_) => builder.end(at)?,
            Event::Text(content) => builder.content(&content, at)?,
            Event::CData(content) => builder.content(&content, at)?,
            Event::GeneralRef(_) => builder.content("&", at)?,
            Event::Decl(declaration) => check_declaration(&declaration, at)?,
            Event::DocType(_) => return Err(document_type(at)),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return builder.finish(at),
        }
    }
}

/// Namespaces that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fhir,
    Xhtml,
    Other,
}

impl Kind {
    fn of(namespace: &ResolveResult<'_>) -> Self {
        match namespace {
            ResolveResult::Bound(Namespace(FHIR)) => Self::Fhir,
            ResolveResult::Bound(Namespace(XHTML)) => Self::Xhtml,
            _ => Self::Other,
        }
    }
}

/// Elements that are not closed yet, from the root on.
struct Builder<'t> {
    text: &'t str,
    open: Vec<Element>,
    root: Option<Element>,
    /// Elements so far.
    count: usize,
}

impl Builder<'_> {
    fn start(
        &mut self,
        reader: &NsReader<&[u8]>,
        tag: &BytesStart<'_>,
        kind: Kind,
        at: usize,
    ) -> Result<(), Trouble> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.count += 1;
        if self.count > MAX_ELEMENTS {
            let message = format!("it has over {MAX_ELEMENTS} elements");
            return Err(Trouble::new(at, message, "divide it"));
        }
        let mut element = Element::new(tag, at);
        element.is_fhir = kind == Kind::Fhir;
        element.attributes = attributes(reader, tag, at)?;
        self.open.push(element);
        Ok(())
    }

    fn narrative(&mut self, tag: &BytesStart<'_>, at: usize, div: String) -> Result<(), Trouble> {
        let mut element = Element::new(tag, at);
        element.narrative = Some(div);
        self.close(element)
    }

    fn end(&mut self, at: usize) -> Result<(), Trouble> {
        match self.open.pop() {
            Some(element) => self.close(element),
            // The parser refuses such a tag before.
            None => Err(malformed(at, "a closing tag closes nothing")),
        }
    }

    fn close(&mut self, element: Element) -> Result<(), Trouble> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if self.root.is_none() => self.root = Some(element),
            None => {
                let message = "there is more than one root element";
                return Err(malformed(element.start, message));
            }
        }
        Ok(())
    }

    fn content(&mut self, content: &str, at: usize) -> Result<(), Trouble> {
        if content.trim().is_empty() {
            return Ok(());
        }
        match self.open.last_mut() {
            Some(element) => {
                element.has_text = true;
                Ok(())
            }
            None => {
                let blank = content.len() - content.trim_start().len();
                let message = "there is text outside the root element";
                Err(malformed(at + blank, message))
            }
        }
    }

    fn finish(mut self, at: usize) -> Result<Element, Trouble> {
        match (self.open.pop(), self.root.take()) {
            (Some(open), _) => Err(malformed(
                open.start,
                format!("`<{}>` is never closed", open.name),
            )),
            (None, Some(root)) => Ok(root),
            (None, None) => Err(malformed(
                at.min(self.text.len()),
                "there is no element in it",
            )),
        }
    }
}

impl Element {
    fn new(tag: &BytesStart<'_>, start: usize) -> Self {
        Self {
            name: tag.local_name().into_inner().to_owned(),
            is_fhir: false,
            attributes: Vec::new(),
            children: Vec::new(),
            narrative: None,
            has_text: false,
            start,
        }
    }
}

/// The attributes of a tag, their values as XML normalises them.
fn attributes(
    reader: &NsReader<&[u8]>,
    tag: &BytesStart<'_>,
    at: usize,
) -> Result<Vec<(String, String)>, Trouble> {
    let mut found = Vec::new();
    for (count, attribute) in tag.attributes().enumerate() {
        if count == MAX_ATTRIBUTES {
            let message = format!("an element has over {MAX_ATTRIBUTES} attributes");
            return Err(malformed(at, message));
        }
        let attribute = attribute.map_err(|error| malformed(at, error.to_string()))?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
        if namespace == ResolveResult::Bound(Namespace(SCHEMA_INSTANCE)) {
            continue;
        }
        if attribute.value.contains('<') {
            return Err(malformed(at, "an attribute's value holds `<`"));
        }
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|error| malformed(at, error.to_string()))?;
        check_referenced(&value, at)?;
        let name = match namespace {
            ResolveResult::Unbound => name.into_inner(),
            _ => attribute.key.into_inner(),
        };
        found.push((name.to_owned(), value.into_owned()));
    }
    Ok(found)
}

/// FHIR XML is XML 1.0 in UTF-8 (FHIR R4 xml).
fn check_declaration(declaration: &BytesDecl<'_>, at: usize) -> Result<(), Trouble> {
    let version = declaration
        .version()
        .map_err(|error| malformed(at, error.to_string()))?;
    if version != "1.0" {
        return Err(malformed(at, format!("it is XML {version}, not 1.0")));
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(Ok(encoding)) => Err(malformed(
            at,
            format!("its encoding is {encoding}, and FHIR's is UTF-8"),
        )),
        Some(Err(error)) => Err(malformed(at, error.to_string())),
    }
}

/// Refuses characters that XML 1.0 does not have.
fn check_characters(text: &str) -> Result<(), Trouble> {
    match text.char_indices().find(|(_, letter)| !is_allowed(*letter)) {
        None => Ok(()),
        Some((at, letter)) => Err(malformed(at, forbidden(letter))),
    }
}

/// The same for those written as a character reference.
fn check_referenced(value: &str, at: usize) -> Result<(), Trouble> {
    match value.chars().find(|letter| !is_allowed(*letter)) {
        None => Ok(()),
        Some(letter) => Err(malformed(at, forbidden(letter))),
    }
}

fn forbidden(letter: char) -> String {
    format!(
        "it holds U+{:04X}, which XML does not allow",
        u32::from(letter)
    )
}
