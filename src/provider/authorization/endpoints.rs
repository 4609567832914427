//! The paths of the authorization server, beside the FHIR API, and the form of its answers.

use std::io;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, header};
use serde_json::{Value, json};

use super::{Authorization, Defect, introspection, token};
use crate::provider::faults::FaultSet;
use crate::provider::reply::{Content, Reply};

/// Where the authorization server lies below the server's root.
pub(super) const PATH: &str = "/authorization";
pub(super) const TOKEN: &str = "token";
pub(super) const INTROSPECTION: &str = "introspect";
pub(super) const KEYS: &str = "jwks";

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

/// Answers a request to the authorization server; `None` where the path is none of it. The body is
/// taken only where it is.
pub(in crate::provider) async fn answer(
    authorization: &Authorization,
    faults: &FaultSet,
    parts: &Parts,
    body: &mut Body,
) -> Option<Reply> {
    let name = parts.uri.path().strip_prefix(PATH)?.strip_prefix('/')?;
    let answer = match name {
        TOKEN => {
            let mut reply = token::answer(authorization, faults, parts, std::mem::take(body))
                .await
                .unwrap_or_else(Reply::from);
            faults.tell(&mut reply);
            return Some(reply);
        }
        INTROSPECTION => {
            introspection::answer(authorization, faults, parts, std::mem::take(body)).await
        }
        KEYS => keys(authorization, parts),
        _ => return None,
    };
    Some(answer.unwrap_or_else(Reply::from))
}

fn keys(authorization: &Authorization, parts: &Parts) -> Result<Reply, Failure> {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(Defect::Method.into());
    }
    let mut reply = json(200, json!({ "keys": [authorization.issuer.jwk] }));
    reply.headers = vec![(header::CACHE_CONTROL, "max-age=300".to_owned())];
    Ok(reply)
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
