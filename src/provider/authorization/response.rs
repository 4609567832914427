//! The form of the authorization server's answers (RFC 6749 sections 5.1 and 5.2).

use std::io;

use axum::http::header;
use serde_json::{Value, json};

use crate::provider::model::{Content, Defect, Reply};

const JSON: &str = "application/json";

/// Why there is no answer that was asked for.
pub(super) enum Failure {
    Defect(Defect),
    Internal(io::Error),
}

impl From<Defect> for Failure {
    fn from(defect: Defect) -> Self {
        Self::Defect(defect)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Internal(error)
    }
}

/// JSON that is not to be kept (RFC 6749 section 5.1).
pub(super) fn json(status: u16, body: Value) -> Reply {
    Reply {
        status,
        media_type: JSON.to_owned(),
        headers: vec![
            (header::CACHE_CONTROL, "no-store".to_owned()),
            (header::PRAGMA, "no-cache".to_owned()),
        ],
        body: Content::Resource(body),
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        let defect = match failure {
            Failure::Defect(defect) => defect,
            Failure::Internal(error) => {
                return json(
                    500,
                    json!({ "error": "server_error", "error_description": error.to_string() }),
                );
            }
        };
        let body = json!({
            "error": defect.code(),
            "error_description": defect.description(),
        });
        let reply = json(defect.status(), body);
        match defect.status() {
            401 => reply.with_header(header::WWW_AUTHENTICATE, "Bearer"),
            405 => reply.with_header(header::ALLOW, "POST"),
            _ => reply,
        }
    }
}
