//! Answers without a network, for tests.

use crate::http::Exchanged;
use crate::http::exchange::Header;

/// A GET that was answered with this status and body, in FHIR JSON.
pub(super) fn exchanged(status: u16, body: &str) -> Exchanged {
    let content_type = Header {
        name: "content-type".to_owned(),
        value: "application/fhir+json".to_owned(),
    };
    Exchanged::example(status, vec![content_type], body.as_bytes().to_vec(), false)
}
