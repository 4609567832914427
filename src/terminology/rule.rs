//! Code systems that are grammars rather than FHIR resources.

use std::sync::LazyLock;

use regex::Regex;

use super::code_system::{CodeSystem, Rule};
use super::{language, unit};

/// The code system of this URL, where it is one of these grammars.
pub(super) fn of_system(url: &str) -> Option<CodeSystem> {
    let rule: Rule = match url {
        "urn:ietf:bcp:47" => language::is_tag,
        "urn:ietf:bcp:13" => is_media_type,
        "http://unitsofmeasure.org" => unit::is_unit,
        "urn:ietf:rfc:3986" => is_uri,
        _ => return None,
    };
    Some(CodeSystem::by_rule(rule))
}

/// A text with the scheme of a URI (RFC 3986 section 3.1).
fn is_uri(code: &str) -> bool {
    code.split_once(':').is_some_and(|(scheme, rest)| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(is_part)
    })
}

/// A well-formed media type (RFC 2045 section 5.1, RFC 6838 section 4.2); registration is not checked.
fn is_media_type(code: &str) -> bool {
    static TYPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}",
            r#"(?:\s*;\s*[A-Za-z0-9!#$&^_.+-]+=(?:[^\s";]+|"[^"]*"))*$"#,
        ))
        .ok()
    });
    TYPE.as_ref().is_some_and(|pattern| pattern.is_match(code))
}
