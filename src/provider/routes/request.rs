//! HTTP request → [`Ask`].

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{Method, header};
use serde_json::Value;
use url::form_urlencoded;

use super::interaction::interaction;
use crate::provider::model::{Ask, BASE_PATH, Interaction, Refusal};
use crate::provider::seams::FaultSet;
use crate::xml;

/// Bytes of a search form or of the input of an operation; more is refused.
pub(super) const BODY_LIMIT: usize = 64 * 1024;
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

/// Reads a request.
pub(super) async fn ask(faults: &FaultSet, parts: Parts, body: Body) -> Result<Ask, Refusal> {
    let mut path = parts
        .uri
        .path()
        .strip_prefix(BASE_PATH)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .ok_or_else(|| Refusal::not_found(format!("the FHIR base is {BASE_PATH}")))?
        .to_owned();
    faults.route(&mut path);
    let interaction = interaction(&parts.method, &path)?;
    let mut parameters = query(&parts);
    let posted = parts.method == Method::POST;
    let mut input = Value::Null;
    if posted {
        faults.posted_url(&mut parameters);
        let (wanted, limit): (&[&str], usize) = match interaction {
            Interaction::Match => (&FHIR, BODY_LIMIT),
            Interaction::Submit | Interaction::Validate => (&FHIR_OR_XML, SUBMISSION_LIMIT),
            _ => (&[FORM], BODY_LIMIT),
        };
        faults.judge(check_media_type(&parts, wanted))?;
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

/// The parameters of the URL.
pub(super) fn query(parts: &Parts) -> Vec<(String, String)> {
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
