//! An access token as it comes with a request.

use axum::http::{HeaderMap, header};

/// The token of a header (RFC 6750 section 2.1); the scheme's case does not matter.
pub(in crate::provider) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}
