//! URIs as FHIR uses them: absolute, or relative to a server.

/// True for a text with a scheme (RFC 3986 section 3.1).
pub fn is_absolute(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.split_once(':')
        .is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(is_part))
}
