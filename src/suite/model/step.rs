//! A step: what is asked of the target.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::super::friendly;
use super::super::template::Template;
use super::authorization::{DiscoveredRequest, IntrospectRequest, TokenRequest};
use super::expectation::{Expectation, StatusRule};
use super::query_value::QueryValue;
use super::send::{PublishRequest, SendRequest};

/// One thing done, and what is expected of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// Name under which later steps refer to the matches of this one.
    #[serde(default, rename = "as")]
    pub name: Option<Spanned<String>>,
    /// Repeats the step over several resources of the pool.
    #[serde(default)]
    pub each: Option<Each>,
    /// Judges each answer of a kind that the target has given in this run, instead of asking anew.
    #[serde(default)]
    pub answers: Option<Answers>,
    /// What the harness sends (server cases). Absent: the expectations judge the pool.
    #[serde(default)]
    pub request: Option<Action>,
    /// Reserved for client cases: the request that is waited for. Not yet supported.
    #[serde(default, rename = "await")]
    pub awaited: Option<Reserved>,
    /// Reserved for client cases: what is answered. Not yet supported.
    #[serde(default)]
    pub reply: Option<Reserved>,
    /// What the expectations are; at least one.
    pub expect: Vec<Expectation>,
    /// Variable → FHIRPath over the response resource; no value: skip with no-data.
    #[serde(default)]
    pub capture: BTreeMap<String, Template>,
    /// Name under which later steps insert the bytes of the answer, in base64.
    #[serde(default)]
    pub keep: Option<Spanned<String>>,
}

/// A key whose content is not yet defined: any content is read, and a diagnostic says so.
#[derive(Debug, Clone)]
pub struct Reserved(pub Spanned<()>);

impl<'de> Deserialize<'de> for Reserved {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let any = Spanned::<serde::de::IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(Spanned::new((), any.referenced, any.defined)))
    }
}

/// Repeats a step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Each {
    /// Name of the variable that holds the resource.
    #[serde(rename = "as")]
    pub variable: Spanned<String>,
    pub pool: Template,
    #[serde(default, deserialize_with = "friendly::one_or_many")]
    pub having: Vec<Template>,
    /// At most so many, the first by id.
    pub most: usize,
}

/// Which answers of the run are judged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Answers {
    /// Name of the variable with the `type` and `id` that a read asked for, the `type` and `patient` of
    /// a search, and the `version` and `last-modified` of the resource that was shown.
    #[serde(rename = "as")]
    pub variable: Spanned<String>,
    /// Absent: to requests of any kind.
    #[serde(default)]
    pub to: Option<Asked>,
    /// Only to searches with this parameter.
    #[serde(default)]
    pub by: Option<Spanned<String>>,
    /// Only with one of these status codes.
    #[serde(default)]
    pub status: Option<StatusRule>,
}

/// The interactions whose answers can be judged after the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    Read,
    Search,
}

/// A request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Read(ReadRequest),
    Search(SearchRequest),
    /// Any path below the base URL, such as `metadata`.
    Get(GetRequest),
    /// A request with a body of its own: an operation, or something that should be refused.
    Send(SendRequest),
    /// A document that is handed in.
    Publish(PublishRequest),
    /// A request to the token endpoint.
    Token(TokenRequest),
    /// A request to the introspection endpoint.
    Introspect(IntrospectRequest),
    /// A GET of a URL that the target's smart-configuration names.
    Discovered(DiscoveredRequest),
    /// The first words of a TLS connection.
    Handshake(HandshakeRequest),
}

/// What is offered in the first words of a TLS connection to the target's host and port. The answer
/// is JSON: `handshake` (`accepted`, `refused`; without TLS also `answered`, `redirected`), `version`,
/// `suite`, `strong`, `by`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HandshakeRequest {
    /// A name of [`Offer`](crate::http::Offer).
    pub offer: Template,
}

/// Read interaction (FHIR R4 http, read).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReadRequest {
    #[serde(rename = "type")]
    pub resource_type: Template,
    pub id: Template,
    #[serde(default)]
    pub method: SafeMethod,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    #[serde(default)]
    pub fresh: bool,
    /// In whose name, in the words of [`Who`](super::Who).
    #[serde(default, rename = "as")]
    pub identity: Option<Template>,
}

/// How a request is sent that changes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SafeMethod {
    #[default]
    Get,
    Head,
    Options,
}

impl std::fmt::Display for SafeMethod {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        })
    }
}

/// Search interaction (FHIR R4 http, search).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SearchRequest {
    #[serde(rename = "type")]
    pub resource_type: Template,
    /// Parameter name (with modifier) → value; a list repeats the parameter. Order as written. A
    /// parameter whose name renders to nothing is left out.
    #[serde(default, deserialize_with = "friendly::ordered_one_or_many")]
    pub query: Vec<(Template, Vec<QueryValue>)>,
    #[serde(default)]
    pub method: Method,
    #[serde(default)]
    pub pages: Pages,
    /// Bytes of the body that are read at most, for a request that should be refused.
    #[serde(default)]
    pub max_body: Option<u64>,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    #[serde(default)]
    pub fresh: bool,
    /// In whose name, in the words of [`Who`](super::Who).
    #[serde(default, rename = "as")]
    pub identity: Option<Template>,
}

/// Plain GET below the base URL; `path` is sent as it stands and may hold a query.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GetRequest {
    pub path: Template,
    #[serde(default)]
    pub method: SafeMethod,
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    #[serde(default)]
    pub fresh: bool,
    /// In whose name, in the words of [`Who`](super::Who).
    #[serde(default, rename = "as")]
    pub identity: Option<Template>,
}

/// How a search is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    #[default]
    Get,
    /// `POST [type]/_search` with a form body.
    Post,
    /// The same, but the first parameter stands in the URL.
    Split,
    Head,
}

impl Method {
    /// A search in words: how, for which type, by which parameters.
    #[must_use]
    pub fn describe(self, resource_type: &str, query: &str) -> String {
        match (self, query) {
            (Self::Get, "") => format!("GET {resource_type}"),
            (Self::Get, query) => format!("GET {resource_type}?{query}"),
            (Self::Head, query) => format!("HEAD {resource_type}?{query}"),
            (Self::Post, "") => format!("POST {resource_type}/_search"),
            (Self::Post, query) => format!("POST {resource_type}/_search with {query}"),
            (Self::Split, query) => {
                let (in_url, in_form) = query.split_once('&').unwrap_or((query, "nothing"));
                format!("POST {resource_type}/_search?{in_url} with {in_form}")
            }
        }
    }
}

/// How far the `next` links are followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pages {
    #[default]
    First,
    All,
}

impl Action {
    /// In whose name the request is sent, in the words of [`Who`](super::Who).
    #[must_use]
    pub fn identity(&self) -> Option<&Template> {
        match self {
            Self::Read(read) => read.identity.as_ref(),
            Self::Search(search) => search.identity.as_ref(),
            Self::Get(get) => get.identity.as_ref(),
            Self::Send(send) => send.identity.as_ref(),
            Self::Publish(publish) => publish.identity.as_ref(),
            Self::Token(_) | Self::Introspect(_) | Self::Discovered(_) | Self::Handshake(_) => None,
        }
    }
}
