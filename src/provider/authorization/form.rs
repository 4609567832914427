//! What is sent to an endpoint of OAuth: a form by POST (RFC 6749 section 3.2).

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{Method, header};
use serde_json::Value;
use url::form_urlencoded;

use crate::provider::model::{Defect, Form};
use crate::provider::seams::FaultSet;

/// Bytes of a form; more is refused.
const LIMIT: usize = 64 * 1024;
const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Reads the form of a request.
pub(super) async fn read(faults: &FaultSet, parts: &Parts, body: Body) -> Result<Form, Defect> {
    if parts.method != Method::POST {
        faults.overlook(Err(Defect::Method))?;
        return sound(faults, query(parts));
    }
    let body = to_bytes(body, LIMIT).await.map_err(|_| Defect::MediaType)?;
    if is_form(parts) {
        return sound(faults, pairs(&body));
    }
    faults.overlook(Err(Defect::MediaType))?;
    sound(faults, members(&body))
}

/// The query of a request in the place of a form.
pub(super) fn of_query(parts: &Parts) -> Form {
    Form::new(query(parts))
}

/// A form in which each name is there once, unless a fault looks away.
fn sound(faults: &FaultSet, mut pairs: Vec<(String, String)>) -> Result<Form, Defect> {
    pairs.retain(|(_, value)| !value.is_empty());
    let form = Form::new(pairs);
    if form.repeats() {
        faults.overlook(Err(Defect::Repeated))?;
    }
    Ok(form)
}

fn is_form(parts: &Parts) -> bool {
    parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok()?.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(MEDIA_TYPE))
}

fn query(parts: &Parts) -> Vec<(String, String)> {
    pairs(parts.uri.query().unwrap_or_default().as_bytes())
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

/// The texts of a JSON object.
fn members(body: &[u8]) -> Vec<(String, String)> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return Vec::new();
    };
    let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
    members.into_iter().filter_map(text).collect()
}
