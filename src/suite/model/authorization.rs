//! Steps about authorization: in whose name a request is sent, and what is said to an authorization
//! server.

use serde::Deserialize;

use super::super::template::Template;
use crate::auth::{Right, Rights};

/// In whose name a request is sent: one of these words, of which the last three have something
/// behind them. Where a case says nothing, in the run's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// `run`: the run's own.
    Run,
    /// `anonymous`: without any credentials.
    Anonymous,
    /// `garbage`: with a bearer token that nobody issued.
    Garbage,
    /// `tampered`: with the run's token, of which a character that matters was changed.
    Tampered,
    /// `unsigned`: with the claims of the run's token under `alg: none` (RFC 7515 section 3.6).
    Unsigned,
    /// `expired`: with a token that has expired; the test waits for that where tokens live short
    /// enough.
    Expired,
    /// `other-audience`: with a token for another server (RFC 8707), where such a one can be had.
    OtherAudience,
    /// `in-query`: with the run's token in the query of the URL instead of the header (RFC 6750
    /// section 2.3).
    InQuery,
    /// `client NAME`: with a token of this client of the settings.
    Client(String),
    /// `scope SCOPES`: with a token of the run's client for these scopes alone.
    Scope(String),
    /// `also TYPE.LETTER`: with a token of the run's client that gives this right (`c` to create, `d` to
    /// delete) beside its own; where the run has no client, in its own name.
    Also(Right),
}

impl Who {
    /// What the words mean; `None` where they mean nothing.
    #[must_use]
    pub fn parse(words: &str) -> Option<Self> {
        Some(match words.split_once(' ') {
            Some(("client", name)) => Self::Client(name.to_owned()),
            Some(("scope", scopes)) => Self::Scope(scopes.to_owned()),
            Some(("also", right)) => {
                let (resource_type, letters) = right.split_once('.')?;
                Self::Also(Right {
                    resource_type: resource_type.to_owned(),
                    rights: Rights::of(letters)?,
                })
            }
            Some(_) => return None,
            None => match words {
                "run" => Self::Run,
                "anonymous" => Self::Anonymous,
                "garbage" => Self::Garbage,
                "tampered" => Self::Tampered,
                "unsigned" => Self::Unsigned,
                "expired" => Self::Expired,
                "other-audience" => Self::OtherAudience,
                "in-query" => Self::InQuery,
                _ => return None,
            },
        })
    }
}

/// A request to the token endpoint, sound but for its changes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenRequest {
    /// Position of one of the run's clients, from 0: its own, a second one.
    #[serde(default)]
    pub client: usize,
    /// Absent: what the run asks for.
    #[serde(default)]
    pub scope: Option<Template>,
    #[serde(default)]
    pub change: Vec<TokenChange>,
    /// How the assertion is signed; absent, or where it renders to nothing: soundly.
    #[serde(default)]
    pub signature: Option<Template>,
    #[serde(default)]
    pub sent: Sent,
}

/// Words for [`TokenRequest::signature`].
pub const SIGNATURES: &[&str] = &[
    "own",
    "other-key",
    "other-kind",
    "hmac",
    "absent",
    "tampered",
    "stale",
];

/// Words for [`TokenChange::part`].
pub const TOKEN_PARTS: &[&str] = &["header", "claims", "form"];

/// A change of one or more members of a part: all get the content or the time, or with neither are
/// left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TokenChange {
    /// `header` or `claims` of the assertion, or `form`. One that renders to nothing changes nothing.
    pub part: Template,
    /// Names of the members, separated by spaces.
    pub member: Template,
    /// Text; JSON where it begins with a bracket. One that renders to nothing is as if absent.
    #[serde(default)]
    pub content: Option<Template>,
    /// Time in seconds from now. One that renders to nothing is as if absent.
    #[serde(default)]
    pub seconds: Option<Template>,
}

/// How a token request is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sent {
    /// By POST of a form, as it must be.
    #[default]
    Form,
    /// By GET, with the form in the query.
    Query,
    /// By POST of the form as a JSON object.
    Json,
    /// By POST of the form with its first field twice.
    Twice,
}

/// A request to the introspection endpoint (RFC 7662, IHE ITI-102).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IntrospectRequest {
    /// Whose token is asked about, in the words of [`Who`].
    pub token: Template,
    #[serde(default)]
    pub authenticated: Authenticated,
    #[serde(default)]
    pub sent: Sent,
}

/// How the caller of the introspection endpoint tells who it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authenticated {
    /// By a client assertion.
    #[default]
    Assertion,
    /// By the run's token.
    Bearer,
    /// Not at all.
    No,
}

/// A GET, without credentials, of a URL that the target's smart-configuration names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DiscoveredRequest {
    /// Member of the document, such as `jwks_uri`.
    pub member: Template,
}

/// A scope for rights on a type, in the notation that the authorization server understood.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScopeGiven {
    /// Resource type.
    #[serde(rename = "type")]
    pub resource_type: Template,
    pub rights: crate::auth::Rights,
}
