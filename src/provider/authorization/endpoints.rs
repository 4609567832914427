//! The paths of the authorization server, beside the FHIR API.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, header};
use serde_json::json;

use super::address::{INTROSPECTION, KEYS, PATH, TOKEN};
use super::instance::Authorization;
use super::response::{Failure, json};
use super::{introspection, token};
use crate::provider::model::{Defect, Reply};
use crate::provider::seams::FaultSet;

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
