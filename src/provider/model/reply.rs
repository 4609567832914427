//! What is answered, before it becomes bytes.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::refusal::Refusal;

/// FHIR's media type for JSON.
pub(in crate::provider) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// A response.
#[derive(Debug, Clone)]
pub(in crate::provider) struct Reply {
    pub(in crate::provider) status: u16,
    /// Sent as `Content-Type` where there is a body.
    pub(in crate::provider) media_type: String,
    /// Other headers.
    pub(in crate::provider) headers: Vec<(HeaderName, String)>,
    pub(in crate::provider) body: Content,
}

/// The body of a response.
#[derive(Debug, Clone)]
pub(in crate::provider) enum Content {
    Empty,
    Resource(Value),
    Text(String),
    Bytes(Vec<u8>),
}

impl Reply {
    /// 200 with a resource.
    pub(in crate::provider) fn resource(resource: Value) -> Self {
        Self {
            status: 200,
            media_type: FHIR_JSON.to_owned(),
            headers: Vec::new(),
            body: Content::Resource(resource),
        }
    }

    /// 304.
    pub(in crate::provider) fn not_modified() -> Self {
        Self {
            status: 304,
            body: Content::Empty,
            ..Self::resource(Value::Null)
        }
    }

    /// 204.
    pub(in crate::provider) fn no_content() -> Self {
        Self {
            status: 204,
            body: Content::Empty,
            ..Self::resource(Value::Null)
        }
    }

    pub(in crate::provider) fn with_header(
        mut self,
        name: HeaderName,
        value: impl Into<String>,
    ) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let mut reply = Self::resource(refusal.outcome());
        reply.status = refusal.status;
        if let Some(allow) = refusal.allow {
            reply = reply.with_header(header::ALLOW, allow);
        }
        if let Some(challenge) = refusal.challenge {
            reply = reply.with_header(header::WWW_AUTHENTICATE, challenge);
        }
        reply
    }
}

impl From<Reply> for Response {
    fn from(reply: Reply) -> Self {
        let body = match reply.body {
            Content::Empty => None,
            Content::Resource(resource) => Some(resource.to_string().into_bytes()),
            Content::Text(text) => Some(text.into_bytes()),
            Content::Bytes(bytes) => Some(bytes),
        };
        let media_type = body
            .is_some()
            .then_some((header::CONTENT_TYPE, reply.media_type));
        let mut response = Self::new(body.map_or_else(Body::empty, Body::from));
        *response.status_mut() =
            StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in media_type.into_iter().chain(reply.headers) {
            // A value that cannot stand in a header is left out.
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
