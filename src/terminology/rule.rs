//! Code systems that are grammars rather than FHIR resources.

use std::sync::LazyLock;

use regex::Regex;

use super::code_system::{CodeSystem, Rule};
use super::{language, unit};
use crate::fhir::is_absolute;

/// The code system of this URL, where it is one of these grammars.
pub(super) fn of_system(url: &str) -> Option<CodeSystem> {
    let rule: Rule = match url {
        "urn:ietf:bcp:47" => language::is_tag,
        "urn:ietf:bcp:13" => is_media_type,
        "http://unitsofmeasure.org" => unit::is_unit,
        "urn:ietf:rfc:3986" => is_absolute,
        _ => return None,
    };
    Some(CodeSystem::by_rule(rule))
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
