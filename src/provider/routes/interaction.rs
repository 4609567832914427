//! What a method and a path ask for (FHIR R4 http).

use axum::http::Method;

use crate::provider::model::{Interaction, Refusal, TYPES};

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
