//! Cross-origin requests of browsers (Fetch standard, CORS protocol): any origin may ask, since access
//! is by token and never by cookie.

use axum::http::{HeaderName, Method, header};

use crate::provider::model::{Content, Reply};

const METHODS: &str = "GET, HEAD, POST, OPTIONS";
const REQUEST_HEADERS: &str =
    "accept, authorization, content-type, if-modified-since, if-none-match, prefer";
const ANSWER_HEADERS: &str = "etag, last-modified, www-authenticate";

/// What a browser asks before the request itself: any path, no token.
pub(in crate::provider) fn preflight(method: &Method) -> Option<Reply> {
    (method == Method::OPTIONS).then(|| Reply {
        status: 204,
        body: Content::Empty,
        ..Reply::not_modified()
            .with_header(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS)
            .with_header(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS)
    })
}

/// The headers that let a page of another origin read an answer.
pub(in crate::provider) fn open(mut reply: Reply) -> Reply {
    const OPEN: [(HeaderName, &str); 2] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS),
    ];
    for (name, value) in OPEN {
        reply = reply.with_header(name, value);
    }
    reply
}
