//! HTTP request → [`Ask`] → [`Reply`] → HTTP response.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::Response;

use super::dispatch::answer;
use super::request::{BODY_LIMIT, ask, query};
use crate::provider::authorization;
use crate::provider::instance::Provider;
use crate::provider::model::{Ask, BASE_PATH, Reply, Written};
use crate::provider::wire::negotiate::{self, Format};
use crate::provider::wire::{compress, cors};

/// One handler for all paths: FHIR answers each of them, also the wrong ones, with a resource.
pub(in crate::provider) fn router(provider: Arc<Provider>) -> Router {
    Router::new().fallback(handle).with_state(provider)
}

async fn handle(State(provider): State<Arc<Provider>>, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let has_origin = parts.headers.contains_key(header::ORIGIN);
    let gzip = compress::is_accepted(&parts.headers);
    let (ask, mut reply) = reply(&provider, parts, &mut body).await;
    if gzip {
        compress::gzip(&mut reply);
    }
    if has_origin {
        reply = cors::open(reply);
    }
    provider.faults.send(ask.as_ref(), &mut reply);
    reply.into()
}

/// The request, where it could be read, and the answer in the format that was asked for.
async fn reply(provider: &Provider, parts: Parts, body: &mut Body) -> (Option<Ask>, Reply) {
    if let Some(authorization) = &provider.authorization
        && let Some(reply) =
            authorization::answer(authorization, &provider.faults, &parts, body).await
    {
        return (None, reply);
    }
    if let Some(reply) = cors::preflight(&parts.method) {
        return (None, reply);
    }
    if provider.faults.takes_writes() && would_write(&parts) {
        let sent = std::mem::take(body);
        let bytes = to_bytes(sent, BODY_LIMIT).await.unwrap_or_default();
        if let Some(reply) = accept(provider, &parts, &bytes) {
            return (None, reply);
        }
        *body = Body::from(bytes);
    }
    let of_url = negotiate::format(&query(&parts), &parts.headers);
    let ask = ask(&provider.faults, parts, std::mem::take(body)).await;
    // A form may ask for a format as well.
    let format = match &ask {
        Ok(ask) => negotiate::format(&ask.parameters, &ask.headers),
        Err(_) => of_url,
    };
    let mut reply = ask
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|ask| answer(provider, ask))
        .unwrap_or_else(Reply::from);
    provider.faults.serialise(ask.as_ref().ok(), &mut reply);
    negotiate::write(&mut reply, format.unwrap_or(Format::Json));
    (ask.ok(), reply)
}

fn would_write(parts: &Parts) -> bool {
    let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
    let path = parts.uri.path();
    let is_known = ["/_search", "/$match", "/DocumentReference", "/$validate"];
    !is_read && !is_known.iter().any(|end| path.ends_with(end))
}

/// What a fault makes of a request that would change something.
fn accept(provider: &Provider, parts: &Parts, body: &[u8]) -> Option<Reply> {
    let path = parts.uri.path().strip_prefix(BASE_PATH)?;
    provider.faults.accept(&Written {
        method: &parts.method,
        path: path.trim_matches('/'),
        body: &serde_json::from_slice(body).unwrap_or_default(),
    })
}
