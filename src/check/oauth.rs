//! `token`, `oauth-error`, `discloses`: answers about authorization (RFC 6749 section 5, RFC 6750).

use serde_json::Value;

use super::{Answer, Finding, View, internals};
use crate::auth::granted;
use crate::http::Response;
use crate::suite::{Disclosed, Template};

const TOKEN: &str =
    "status 200 and JSON with access_token, token_type bearer, expires_in and scope";

/// A token, with all that SMART Backend Services asks for beside it.
pub(super) fn token(view: &View<'_>) -> Finding {
    let Some(response) = response(view) else {
        return Finding::blocked("there is no answer to judge");
    };
    let body = response.json().ok().map(AsRef::as_ref);
    match granted(response.status, body) {
        Err(why) => Finding::fail(TOKEN, why.to_string())
            .fix("grant a token where nothing is wrong with the request"),
        Ok(_) => match lacking(response, body) {
            Some(problem) => Finding::fail(TOKEN, problem),
            None => Finding::pass(TOKEN, "a token"),
        },
    }
}

/// What is wrong with an answer that holds a token.
fn lacking(response: &Response, body: Option<&Value>) -> Option<String> {
    let body = body?;
    if let Some(problem) = not_json(response) {
        return Some(problem);
    }
    if !body["expires_in"].is_u64() {
        return Some("a token whose expires_in is missing or no whole number".to_owned());
    }
    let scope = body["scope"].as_str().unwrap_or_default();
    scope
        .trim()
        .is_empty()
        .then(|| "a token without scope".to_owned())
}

fn not_json(response: &Response) -> Option<String> {
    let found = response.header("content-type").unwrap_or("none");
    let media_type = found.split(';').next().unwrap_or_default().trim();
    (!media_type.eq_ignore_ascii_case("application/json"))
        .then(|| format!("an answer with the media type {found} instead of application/json"))
}

/// An error of the authorization server with one of these codes.
pub(super) fn error(codes: &[Template], view: &View<'_>) -> Finding {
    let mut wanted = Vec::new();
    for code in codes {
        match view.scope.render(code) {
            Ok(text) => wanted.extend(text.split_whitespace().map(str::to_owned)),
            Err(problem) => return Finding::no_data(problem.to_string()),
        }
    }
    let Some(response) = response(view) else {
        return Finding::blocked("there is no answer to judge");
    };
    let expected = format!(
        "status 400 or 401 and JSON with error {}",
        wanted.join(" or ")
    );
    match refusal(response, &wanted) {
        Ok(code) => Finding::pass(expected, format!("error {code}")),
        Err(problem) => Finding::fail(expected, problem)
            .fix("refuse the request with this error, and grant nothing"),
    }
}

/// The code of an OAuth error, or what is wrong with it.
fn refusal(response: &Response, wanted: &[String]) -> Result<String, String> {
    let body = response
        .json()
        .map_err(|problem| format!("status {} and {problem}", response.status))?;
    if body.get("access_token").is_some() {
        return Err("a token".to_owned());
    }
    let code = body["error"].as_str();
    let code = code.ok_or_else(|| format!("status {} without error", response.status))?;
    let found = format!("status {} with error {code}", response.status);
    if !matches!(response.status, 400 | 401) || !wanted.iter().any(|known| known == code) {
        return Err(found);
    }
    match not_json(response) {
        Some(problem) => Err(problem),
        None => Ok(code.to_owned()),
    }
}

/// Nothing that only a caller with more rights may see.
pub(super) fn discloses(what: Disclosed, view: &View<'_>) -> Finding {
    let (expected, allowed) = match what {
        Disclosed::NoInternals => return internals::check(view),
        Disclosed::Nothing => ("nothing but an error: no resource, no token", None),
        Disclosed::Patient => ("no resource but Patient, no token", Some("Patient")),
    };
    let Some(response) = response(view) else {
        return Finding::blocked("there is no answer to judge");
    };
    match response.json().ok().and_then(|body| shown(body, allowed)) {
        None => Finding::pass(expected, "nothing"),
        Some(what) => {
            Finding::fail(expected, what).fix("answer a caller without rights with an error alone")
        }
    }
}

/// What a body shows beside errors and resources of the type that is allowed.
fn shown(body: &Value, allowed: Option<&str>) -> Option<String> {
    if body.get("access_token").is_some() {
        return Some("a token".to_owned());
    }
    let is_allowed = |kind: &str| kind == "OperationOutcome" || Some(kind) == allowed;
    match body["resourceType"].as_str()? {
        kind if is_allowed(kind) => None,
        "Bundle" => {
            let mut entries = body["entry"].as_array().into_iter().flatten();
            let other = |entry: &&Value| {
                !entry["resource"]["resourceType"]
                    .as_str()
                    .is_some_and(is_allowed)
            };
            let found = entries.find(other);
            found.map(|entry| {
                let kind = entry["resource"]["resourceType"].as_str();
                format!("a Bundle with {}", kind.unwrap_or("entries"))
            })
        }
        kind => Some(format!("a {kind}")),
    }
}

fn response<'v>(view: &View<'v>) -> Option<&'v Response> {
    view.answer.and_then(Answer::response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Exchanged;
    use crate::http::exchange::Header;
    use serde_json::json;

    fn with(status: u16, media_type: &str, body: &Value, judge: impl Fn(&Response)) {
        let header = Header {
            name: "content-type".to_owned(),
            value: media_type.to_owned(),
        };
        let text = body.to_string().into_bytes();
        let exchanged = Exchanged::example(status, vec![header], text, false);
        judge(exchanged.response.as_ref().unwrap());
    }

    #[test]
    fn an_error_is_the_one_that_fits() {
        let wanted = ["invalid_client".to_owned()];
        let json_type = "application/json;charset=utf-8";
        for (status, media_type, body, expected) in [
            (
                401,
                json_type,
                json!({ "error": "invalid_client" }),
                Ok("invalid_client"),
            ),
            (
                400,
                json_type,
                json!({ "error": "invalid_client" }),
                Ok("invalid_client"),
            ),
            (
                500,
                json_type,
                json!({ "error": "invalid_client" }),
                Err("status 500"),
            ),
            (
                400,
                json_type,
                json!({ "error": "invalid_scope" }),
                Err("invalid_scope"),
            ),
            (
                200,
                json_type,
                json!({ "access_token": "t" }),
                Err("a token"),
            ),
            (400, json_type, json!({}), Err("without error")),
            (
                401,
                "text/html",
                json!({ "error": "invalid_client" }),
                Err("text/html"),
            ),
        ] {
            with(status, media_type, &body, |response| {
                match (refusal(response, &wanted), expected) {
                    (Ok(found), Ok(code)) => assert_eq!(found, code),
                    (Err(found), Err(part)) => assert!(found.contains(part), "{found}"),
                    (found, _) => panic!("{found:?} for {body}"),
                }
            });
        }
    }

    #[test]
    fn a_token_comes_with_its_life_and_scope() {
        for (body, expected) in [
            (json!({ "expires_in": 60, "scope": "s" }), None),
            (json!({ "scope": "s" }), Some("expires_in")),
            (
                json!({ "expires_in": "60", "scope": "s" }),
                Some("expires_in"),
            ),
            (
                json!({ "expires_in": 60, "scope": " " }),
                Some("without scope"),
            ),
        ] {
            with(200, "application/json", &body, |response| {
                let found = lacking(response, Some(&body));
                assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
                assert!(
                    found
                        .unwrap_or_default()
                        .contains(expected.unwrap_or_default())
                );
            });
        }
    }

    #[test]
    fn refusals_show_no_resource() {
        let bundle = |kind: &str| json!({ "resourceType": "Bundle", "entry": [{ "resource": { "resourceType": kind } }] });
        for (body, expected) in [
            (json!({ "resourceType": "OperationOutcome" }), None),
            (json!({ "resourceType": "Bundle" }), None),
            (bundle("OperationOutcome"), None),
            (bundle("Patient"), Some("a Bundle with Patient")),
            (json!({ "resourceType": "Patient" }), Some("a Patient")),
            (json!({ "access_token": "t" }), Some("a token")),
            (json!({ "error": "x" }), None),
        ] {
            assert_eq!(shown(&body, None).as_deref(), expected);
        }
    }
}
