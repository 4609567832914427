//! A request with a body of its own.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::super::template::Template;
use super::body::Body;

/// A request of any method with a JSON body (FHIR R4 http). It is sent anew each time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SendRequest {
    pub method: SendMethod,
    /// Below the base URL; empty for the base itself.
    #[serde(default)]
    pub path: Option<Template>,
    #[serde(default)]
    pub body: Option<Body>,
    /// Instead of `body`: any text.
    #[serde(default)]
    pub text: Option<Template>,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// In whose name, in the words of [`Who`](super::Who).
    #[serde(default, rename = "as")]
    pub identity: Option<Template>,
}

/// A document that is handed in (IHE MHD, ITI-105 Simplified Publish), sound but for its changes. It is
/// sent anew each time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PublishRequest {
    /// The variable of the DocumentReference that it is like.
    pub like: Spanned<String>,
    /// Its own identifier, a URI.
    pub identifier: Template,
    /// The document, in base64.
    pub data: Template,
    /// Changes, one after the other.
    #[serde(default)]
    pub change: Vec<BodyChange>,
    /// Below the base URL; `DocumentReference` where absent.
    #[serde(default)]
    pub path: Option<Template>,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// In whose name, in the words of [`Who`](super::Who).
    #[serde(default, rename = "as")]
    pub identity: Option<Template>,
}

/// What a body is to have at some places; with neither content they are left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BodyChange {
    /// JSON Pointers (RFC 6901), separated by spaces; none: no change.
    pub at: Template,
    #[serde(default)]
    pub to: Option<Body>,
    /// JSON as text; empty as if it were absent.
    #[serde(default)]
    pub json: Option<Template>,
}

/// The methods beside GET and HEAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendMethod {
    Post,
    Put,
    Patch,
    Delete,
}

impl SendMethod {
    /// As in a request line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl PublishRequest {
    /// All texts, in order.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut found = vec![&self.identifier, &self.data];
        for change in &self.change {
            found.push(&change.at);
            found.extend(change.to.iter().flat_map(Body::templates));
            found.extend(&change.json);
        }
        found.extend(&self.path);
        found.extend(self.headers.values());
        found
    }
}
