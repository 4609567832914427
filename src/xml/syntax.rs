//! What every FHIR XML text has to be, before anything is known of its elements.

use quick_xml::NsReader;

/// Namespace of FHIR's elements.
pub(super) const FHIR: &str = "http://hl7.org/fhir";
/// Namespace of a narrative.
pub(super) const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// Deepest nesting of elements. As JSON, where each may be in a list, this is about the depth up to
/// which JSON is read.
pub(super) const MAX_DEPTH: usize = 64;

/// Why a text cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Offset in the text, in bytes.
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) fix: &'static str,
}

impl Trouble {
    pub(super) fn new(at: usize, message: impl Into<String>, fix: &'static str) -> Self {
        Self {
            at,
            message: message.into(),
            fix,
        }
    }
}

pub(super) fn malformed(at: usize, message: impl Into<String>) -> Trouble {
    Trouble::new(at, message, "mend the text at this place")
}

pub(super) fn too_deep(at: usize) -> Trouble {
    let message = format!("elements are nested more than {MAX_DEPTH} deep");
    Trouble::new(at, message, "nest less deeply")
}

pub(super) fn document_type(at: usize) -> Trouble {
    Trouble::new(
        at,
        "it has a document type declaration, which could name entities and other files",
        "remove the declaration",
    )
}

/// Where a reader stands in the text, in bytes.
pub(super) fn position(reader: &NsReader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// Characters of XML 1.0 (section 2.2).
pub(super) fn is_allowed(letter: char) -> bool {
    !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
