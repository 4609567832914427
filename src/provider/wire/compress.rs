//! Compression of answers (RFC 9110 section 8.4): gzip, where the client takes it.

use std::io::Write;

use axum::http::{HeaderMap, header};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::provider::model::{Content, Reply};

/// Bytes below which compression is not worth its while.
const LEAST: usize = 1024;

/// True where the client takes gzip (RFC 9110 section 12.5.3).
pub(in crate::provider) fn is_accepted(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING);
    let mut codings = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(";q=").unwrap_or((coding, "1"));
        let is_wanted = weight.trim().parse().is_ok_and(|weight: f32| weight > 0.0);
        name.trim().eq_ignore_ascii_case("gzip") && is_wanted
    })
}

/// Compresses the body.
pub(in crate::provider) fn gzip(reply: &mut Reply) {
    let text = match &reply.body {
        Content::Empty | Content::Bytes(_) => return,
        Content::Resource(resource) => resource.to_string(),
        Content::Text(text) => text.clone(),
    };
    if text.len() < LEAST {
        reply.body = Content::Text(text);
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish());
    // Writing to memory does not fail; if it did, the body would go out as it is.
    reply.body = match packed {
        Ok(bytes) => {
            reply
                .headers
                .push((header::CONTENT_ENCODING, "gzip".to_owned()));
            Content::Bytes(bytes)
        }
        Err(_) => Content::Text(text),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_or_not() {
        let table = [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ];
        for (value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().expect("a header"));
            assert_eq!(is_accepted(&headers), expected, "{value}");
        }
    }
}
