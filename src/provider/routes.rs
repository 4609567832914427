//! HTTP request → [`Ask`] → [`Reply`] → HTTP response.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::Response;
use serde_json::Value;
use url::form_urlencoded;

use super::ask::{Ask, Interaction, interaction};
use super::faults::Written;
use super::negotiate::Format;
use super::outcome::Refusal;
use super::reply::Reply;
use super::server::Provider;
use super::{
    authorization, capability, compress, cors, documents, negotiate, patient_match, read, search,
    submissions,
};
use crate::xml;

/// Where the FHIR API lies below the server's root.
pub(super) const BASE_PATH: &str = "/fhir";

/// Bytes of a search form or of the input of an operation; more is refused.
const BODY_LIMIT: usize = 64 * 1024;
/// Bytes of a document that is handed in, with what is around it.
const SUBMISSION_LIMIT: usize = 16 << 20;
const FORM: &str = "application/x-www-form-urlencoded";
const FHIR: [&str; 2] = ["application/fhir+json", "application/json"];
const FHIR_OR_XML: [&str; 4] = [
    "application/fhir+json",
    "application/json",
    "application/fhir+xml",
    "application/xml",
];

/// One handler for all paths: FHIR answers each of them, also the wrong ones, with a resource.
pub(super) fn router(provider: Arc<Provider>) -> Router {
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
    let ask = ask(provider, parts, std::mem::take(body)).await;
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

fn answer(provider: &Provider, ask: &Ask) -> Result<Reply, Refusal> {
    if ask.interaction == Interaction::SmartConfiguration {
        return smart_configuration(provider);
    }
    if let Some(authorization) = &provider.authorization {
        authorization::check(authorization, &provider.faults, ask)
            .map_err(Refusal::unauthorized)?;
    }
    let format = negotiate::format(&ask.parameters, &ask.headers);
    let holds_anything = is_binary(&ask.interaction);
    if !holds_anything {
        provider.faults.judge(format.map(|_| ()))?;
    }
    match &ask.interaction {
        Interaction::Base => Err(Refusal::not_found(
            "nothing is served at the base URL; begin at its metadata",
        )),
        Interaction::Capabilities => Ok(capability::answer(provider)),
        Interaction::SmartConfiguration => smart_configuration(provider),
        Interaction::Read { resource_type, id } => {
            let reply = read::answer(provider, ask, resource_type, id)?;
            match holds_anything {
                true => documents::binary(ask, reply),
                false => Ok(reply),
            }
        }
        Interaction::Vread {
            resource_type,
            id,
            version,
        } => read::version(provider, ask, resource_type, id, version),
        Interaction::Search { resource_type } => search::answer(provider, ask, resource_type),
        Interaction::Match => patient_match::answer(provider, &ask.body),
        Interaction::Submit => submissions::take(provider, &ask.body),
        Interaction::Validate => submissions::validate(provider, &ask.body),
        Interaction::Withdraw { id } => submissions::withdraw(provider, id),
    }
}

/// What is read in the media type of what it holds.
fn is_binary(interaction: &Interaction) -> bool {
    matches!(interaction, Interaction::Read { resource_type, .. } if resource_type == "Binary")
}

/// JSON whatever the client accepts (SMART App Launch 2.2, conformance).
fn smart_configuration(provider: &Provider) -> Result<Reply, Refusal> {
    let authorization = provider
        .authorization
        .as_ref()
        .ok_or_else(|| Refusal::not_found("this instance has no authorization server"))?;
    let mut document = authorization::document(&authorization.endpoints);
    provider.faults.discover(&mut document);
    let mut reply = Reply::resource(document);
    "application/json".clone_into(&mut reply.media_type);
    Ok(reply)
}

async fn ask(provider: &Provider, parts: Parts, body: Body) -> Result<Ask, Refusal> {
    let mut path = parts
        .uri
        .path()
        .strip_prefix(BASE_PATH)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .ok_or_else(|| Refusal::not_found(format!("the FHIR base is {BASE_PATH}")))?
        .to_owned();
    provider.faults.route(&mut path);
    let interaction = interaction(&parts.method, &path)?;
    let mut parameters = query(&parts);
    let posted = parts.method == Method::POST;
    let mut input = Value::Null;
    if posted {
        let (wanted, limit): (&[&str], usize) = match interaction {
            Interaction::Match => (&FHIR, BODY_LIMIT),
            Interaction::Submit | Interaction::Validate => (&FHIR_OR_XML, SUBMISSION_LIMIT),
            _ => (&[FORM], BODY_LIMIT),
        };
        provider.faults.judge(check_media_type(&parts, wanted))?;
        let bytes = to_bytes(body, limit)
            .await
            .map_err(|_| Refusal::too_long(format!("the body is over {limit} bytes")))?;
        if wanted == [FORM] {
            parameters.extend(pairs(&bytes));
        } else {
            input = resource(&bytes)?;
        }
    }
    Ok(Ask {
        interaction,
        posted,
        head: parts.method == Method::HEAD,
        parameters,
        headers: parts.headers,
        body: input,
    })
}

/// The resource in a body, in either format.
fn resource(bytes: &[u8]) -> Result<Value, Refusal> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Refusal::invalid("the body is no text in UTF-8"))?;
    if xml::is_xml(text) {
        return xml::read_value(text)
            .map_err(|problem| Refusal::invalid(format!("the body is no FHIR XML: {problem}")));
    }
    serde_json::from_str(text)
        .map_err(|error| Refusal::invalid(format!("the body is no JSON: {error}")))
}

fn query(parts: &Parts) -> Vec<(String, String)> {
    pairs(parts.uri.query().unwrap_or_default().as_bytes())
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn check_media_type(parts: &Parts, accepted: &[&str]) -> Result<(), Refusal> {
    let media_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match accepted.contains(&media_type.as_str()) {
        true => Ok(()),
        false => Err(Refusal::media_type(format!(
            "send the body as {}",
            accepted[0]
        ))),
    }
}
