//! What is sent to an endpoint of OAuth: a form by POST (RFC 6749 section 3.2).

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{Method, header};
use serde_json::Value;
use url::form_urlencoded;

use super::Defect;
use crate::provider::faults::FaultSet;

/// Bytes of a form; more is refused.
const LIMIT: usize = 64 * 1024;
const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// Names and values, each name once. A parameter without a value counts as absent.
#[derive(Debug, Default)]
pub(in crate::provider) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the form of a request.
    pub(super) async fn read(faults: &FaultSet, parts: &Parts, body: Body) -> Result<Self, Defect> {
        if parts.method != Method::POST {
            faults.overlook(Err(Defect::Method))?;
            let query = parts.uri.query().unwrap_or_default();
            return Self::new(faults, pairs(query.as_bytes()));
        }
        let body = to_bytes(body, LIMIT).await.map_err(|_| Defect::MediaType)?;
        if is_form(parts) {
            return Self::new(faults, pairs(&body));
        }
        faults.overlook(Err(Defect::MediaType))?;
        Self::new(faults, members(&body))
    }

    fn new(faults: &FaultSet, mut pairs: Vec<(String, String)>) -> Result<Self, Defect> {
        pairs.retain(|(_, value)| !value.is_empty());
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            faults.overlook(Err(Defect::Repeated))?;
        }
        Ok(Self(pairs))
    }

    /// The query of a request in the place of a form.
    pub(super) fn of_query(parts: &Parts) -> Self {
        Self(pairs(parts.uri.query().unwrap_or_default().as_bytes()))
    }

    /// Another value of every parameter with this name.
    pub(in crate::provider) fn change(&mut self, name: &str, change: impl Fn(&str) -> String) {
        let named = self.0.iter_mut().filter(|(known, _)| known == name);
        for (_, value) in named {
            *value = change(value);
        }
    }

    /// Whether a parameter has none of these names.
    pub(in crate::provider) fn has_other_than(&self, names: &[&str]) -> bool {
        self.0
            .iter()
            .any(|(name, _)| !names.contains(&name.as_str()))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

fn is_form(parts: &Parts) -> bool {
    parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok()?.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(MEDIA_TYPE))
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
