//! A request, read as far as FHIR's REST API goes.

use axum::http::{HeaderMap, HeaderName, Method};

use serde_json::Value;

use super::TYPES;
use super::outcome::Refusal;

/// What is asked for (FHIR R4 http).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Interaction {
    /// The base URL itself, such as for a search over all types.
    Base,
    Capabilities,
    /// `.well-known/smart-configuration`.
    SmartConfiguration,
    Read {
        resource_type: String,
        id: String,
    },
    /// Read of one version.
    Vread {
        resource_type: String,
        id: String,
        version: String,
    },
    Search {
        resource_type: String,
    },
    /// `Patient/$match`.
    Match,
    /// `POST DocumentReference` (IHE MHD, ITI-105).
    Submit,
    /// `DocumentReference/$validate`.
    Validate,
    /// `DELETE` of a DocumentReference.
    Withdraw {
        id: String,
    },
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) interaction: Interaction,
    /// True for `POST [type]/_search`.
    pub(super) posted: bool,
    /// True for HEAD.
    pub(super) head: bool,
    /// Of the URL, then of the form; decoded, in order.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    /// JSON in the body of an operation.
    pub(super) body: Value,
}

impl Ask {
    /// A header's text; values that repeat are joined as HTTP allows.
    pub(super) fn header(&self, name: &HeaderName) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The last value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .rev()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value.as_str())
    }

    /// True for `Prefer: handling=strict` (FHIR R4 search, handling errors).
    pub(super) fn strict(&self) -> bool {
        self.header(&HeaderName::from_static("prefer"))
            .is_some_and(|prefer| {
                prefer
                    .split([',', ';'])
                    .any(|preference| preference.trim() == "handling=strict")
            })
    }
}

const READ_ONLY: &str = "this server only reads and searches; it takes no changes";

/// The interaction behind a method and the path below the base URL.
pub(super) fn interaction(method: &Method, path: &str) -> Result<Interaction, Refusal> {
    let safe = method == Method::GET || method == Method::HEAD;
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match segments.as_slice() {
        [] if safe => Ok(Interaction::Base),
        [] => Err(Refusal::method("", READ_ONLY)),
        ["Patient", "$match"] if method == Method::POST => Ok(Interaction::Match),
        ["Patient", "$match"] => Err(Refusal::method("POST", "send the demographics with POST")),
        ["DocumentReference"] if method == Method::POST => Ok(Interaction::Submit),
        ["DocumentReference", "$validate"] if method == Method::POST => Ok(Interaction::Validate),
        ["DocumentReference", id] if method == Method::DELETE => Ok(Interaction::Withdraw {
            id: (*id).to_owned(),
        }),
        ["metadata"] if safe => Ok(Interaction::Capabilities),
        ["metadata"] => Err(Refusal::method("GET, HEAD", READ_ONLY)),
        [".well-known", "smart-configuration"] if safe => Ok(Interaction::SmartConfiguration),
        [resource_type, rest @ ..] => of_type(method, safe, resource_type, rest),
    }
}

fn of_type(
    method: &Method,
    safe: bool,
    resource_type: &str,
    rest: &[&str],
) -> Result<Interaction, Refusal> {
    let Some((_, searched)) = TYPES.iter().find(|(name, _)| *name == resource_type) else {
        return Err(Refusal {
            code: "not-supported",
            ..Refusal::not_found(format!("resource type '{resource_type}' is not served"))
        });
    };
    let resource_type = resource_type.to_owned();
    match rest {
        [] | ["_search"] if !searched && (safe || method == Method::POST) => Err(Refusal::method(
            "",
            format!("{resource_type} can be read, but not searched"),
        )),
        [] if safe => Ok(Interaction::Search { resource_type }),
        [] => Err(Refusal::method("GET, HEAD", READ_ONLY)),
        ["_search"] if method == Method::POST => Ok(Interaction::Search { resource_type }),
        ["_search"] => Err(Refusal::method("POST", "send the form with POST")),
        [id] if safe => Ok(Interaction::Read {
            resource_type,
            id: (*id).to_owned(),
        }),
        [id, "_history", version] if safe => Ok(Interaction::Vread {
            resource_type,
            id: (*id).to_owned(),
            version: (*version).to_owned(),
        }),
        [_] => Err(Refusal::method("GET, HEAD", READ_ONLY)),
        _ => Err(Refusal::not_found(
            "nothing is served here: read is [type]/[id], search is [type]?[parameters]",
        )),
    }
}
