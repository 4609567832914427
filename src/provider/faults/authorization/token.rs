//! Faults of the token endpoint: what it takes, grants and answers.

use axum::http::{HeaderName, header};
use serde_json::{Value, json};

use crate::provider::model::{Content, Defect, Form, Reply, Scope};
use crate::provider::seams::{Fault, Seam};

/// The case of each parameter of a token request, one at a time.
const DEFECTS: &[&str] = &["token-defect"];
/// The case of what a token response has.
const RESPONSE: &[&str] = &["token-granted"];
/// The case that sees most errors; all others of refusals see them too.
const ERRORS: &[&str] = &["token-defect"];

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault::overlooks(
        "accepts-wrong-grant-type",
        "Any grant type is answered with a token.",
        DEFECTS,
        |defect| defect == Defect::GrantTypeOther,
    ),
    Fault::overlooks(
        "accepts-missing-grant-type",
        "A token request without grant_type is answered with a token.",
        DEFECTS,
        |defect| defect == Defect::GrantTypeMissing,
    ),
    Fault::overlooks(
        "accepts-wrong-assertion-type",
        "The client_assertion_type of a token request is not looked at.",
        DEFECTS,
        |defect| defect == Defect::AssertionTypeOther,
    ),
    Fault::overlooks(
        "accepts-missing-assertion",
        "A token request without a client assertion is answered with a token.",
        &["token-defect", "token-secret"],
        |defect| defect == Defect::AssertionMissing,
    ),
    Fault::overlooks(
        "accepts-other-client-id",
        "The client_id of a token request need not be that of its assertion.",
        DEFECTS,
        |defect| defect == Defect::ClientIdOther,
    ),
    Fault::overlooks(
        "accepts-missing-scope",
        "A token request without scope is granted everything, and the answer does not say so.",
        &["token-scope-missing"],
        |defect| defect == Defect::ScopeMissing,
    ),
    Fault::overlooks(
        "accepts-unknown-scope",
        "A scope that is not known is answered with a token for everything.",
        &["token-scope-unknown"],
        |defect| defect == Defect::ScopeUnknown,
    )
    .may_also_break(&["token-scope-letters"]),
    Fault::overlooks(
        "grants-unregistered-scope",
        "Whatever scope is asked for is granted, also where the client is not registered for it.",
        &["token-scope-letters"],
        |defect| defect == Defect::ScopeForeign,
    )
    .may_also_break(&["token-scope-partial"]),
    Fault::overlooks(
        "accepts-token-request-by-get",
        "The token endpoint answers GET, so that assertions end up in logs.",
        &["token-by-get"],
        |defect| defect == Defect::Method,
    ),
    Fault::overlooks(
        "accepts-json-token-request",
        "The token endpoint takes JSON in the place of a form.",
        &["token-as-json"],
        |defect| defect == Defect::MediaType,
    ),
    Fault::overlooks(
        "accepts-repeated-parameter",
        "A parameter that is there twice is taken by its first value.",
        &["token-parameter-twice"],
        |defect| defect == Defect::Repeated,
    ),
    Fault::overlooks(
        "grants-user-scope",
        "A backend client is granted scopes of users, though nobody signs in.",
        &["token-scope-of-users"],
        |defect| defect == Defect::ScopeOfUser,
    ),
    Fault {
        name: "smart-v2-scope-unknown",
        description: "Scopes in the notation of SMART v2 are not understood.",
        caught_by: &["token-scope-v2"],
        also: &[
            "group:scope",
            "group:authorization",
            "smart-configuration-scopes-granted",
        ],
        seam: Seam::Misread(|form| form.change("scope", |scope| without(scope, &["r", "s", "rs"]))),
    },
    Fault {
        name: "smart-v1-scope-unknown",
        description: "Scopes in the notation of SMART v1 are not understood.",
        caught_by: &["token-scope-v1"],
        also: &[],
        seam: Seam::Misread(forget_v1),
    },
    Fault {
        name: "refuses-unknown-parameter",
        description: "A token request with a parameter that the server does not know is refused.",
        caught_by: &["token-unknown-members"],
        also: &[],
        seam: Seam::Misread(|form| {
            if form.has_other_than(PARAMETERS) {
                form.change("grant_type", |_| String::new());
            }
        }),
    },
    Fault {
        name: "token-guessable",
        description: "Access tokens are references of eight letters.",
        caught_by: &["token-unguessable"],
        also: &[],
        seam: Seam::Grant(|terms| terms.reference = Some(8)),
    },
    Fault {
        name: "token-without-expires-in",
        description: "A token response does not say how long the token is valid.",
        caught_by: RESPONSE,
        also: &[],
        seam: Seam::Tell(|reply| remove(reply, "expires_in")),
    },
    Fault {
        name: "token-without-scope",
        description: "A token response does not say what was granted.",
        caught_by: RESPONSE,
        also: &[],
        seam: Seam::Tell(|reply| remove(reply, "scope")),
    },
    Fault {
        name: "token-without-type",
        description: "A token response has no token_type.",
        caught_by: RESPONSE,
        also: &[],
        seam: Seam::Tell(|reply| remove(reply, "token_type")),
    },
    Fault {
        name: "token-type-wrong",
        description: "A token response has a token_type other than bearer.",
        caught_by: RESPONSE,
        also: &[],
        seam: Seam::Tell(|reply| set(reply, "token_type", json!("mac"))),
    },
    Fault {
        name: "token-expires-in-text",
        description: "The lifetime of a token is told as text in the place of a number.",
        caught_by: RESPONSE,
        also: &[],
        seam: Seam::Tell(|reply| set(reply, "expires_in", json!("300"))),
    },
    Fault {
        name: "token-with-refresh-token",
        description: "A backend client is given a refresh token.",
        caught_by: &["token-without-refresh"],
        also: &[],
        seam: Seam::Tell(|reply| set(reply, "refresh_token", json!("8xLOxBtZp8"))),
    },
    Fault {
        name: "token-cacheable",
        description: "A token response may be kept by caches.",
        caught_by: &["token-not-cached"],
        also: &[],
        seam: Seam::Tell(|reply| drop_header(reply, &header::CACHE_CONTROL)),
    },
    Fault {
        name: "token-pragma-missing",
        description: "A token response has no Pragma header.",
        caught_by: &["token-not-cached"],
        also: &[],
        seam: Seam::Tell(|reply| drop_header(reply, &header::PRAGMA)),
    },
    Fault {
        name: "token-as-plain-text",
        description: "The token endpoint answers with another media type than JSON.",
        caught_by: RESPONSE,
        also: &[],
        seam: Seam::Tell(|reply| "text/plain".clone_into(&mut reply.media_type)),
    },
    Fault {
        name: "token-lifetime-long",
        description: "A token is valid for a day.",
        caught_by: &["token-life"],
        also: &[],
        seam: Seam::Grant(|terms| terms.lifetime = 86_400),
    },
    Fault {
        name: "token-lifetime-hour",
        description: "A token is valid for an hour.",
        caught_by: &["token-life"],
        also: &[],
        seam: Seam::Grant(|terms| terms.lifetime = 3_600),
    },
    Fault {
        name: "token-scope-wider",
        description: "A token gives all that the client is registered for, whatever was asked.",
        caught_by: &["token-scope-narrow"],
        also: &[],
        seam: Seam::Grant(|terms| terms.scope.clone_from(&terms.allowed)),
    },
    Fault {
        name: "grants-write-scope",
        description: "The token endpoint gives backend clients the right to change data.",
        caught_by: &["token-scope-narrow"],
        also: &[],
        seam: Seam::Grant(|terms| terms.scope.extend(Scope::parse("system/*.cud"))),
    },
    Fault {
        name: "token-scope-unsaid",
        description: "A token for a part of the scopes that were asked for does not say for which.",
        caught_by: &["token-scope-partial"],
        also: &["smart-configuration-scopes-granted", "group:scope"],
        seam: Seam::Tell(|reply| {
            let Content::Resource(answer) = &mut reply.body else {
                return;
            };
            let narrow = answer["scope"]
                .as_str()
                .is_some_and(|scope| !scope.contains(' '));
            if let (true, Some(members)) = (narrow, answer.as_object_mut()) {
                members.remove("scope");
            }
        }),
    },
    Fault {
        name: "token-error-code-wrong",
        description: "A client that is not authenticated is told invalid_grant.",
        caught_by: &["token-defect"],
        also: &["group:token-refused", "group:scope"],
        seam: Seam::Tell(|reply| {
            if is_error(reply, "invalid_client") {
                set(reply, "error", json!("invalid_grant"));
            }
        }),
    },
    Fault {
        name: "token-error-code-unknown",
        description: "Errors of the token endpoint have codes of the server's own.",
        caught_by: &["token-defect"],
        also: &["group:token-refused", "group:scope"],
        seam: Seam::Tell(|reply| {
            if reply.status >= 400 {
                set(reply, "error", json!("access_denied_by_policy"));
            }
        }),
    },
    Fault {
        name: "token-error-undescribed",
        description: "Errors of the token endpoint are not described.",
        caught_by: ERRORS,
        also: &[],
        seam: Seam::Tell(|reply| remove(reply, "error_description")),
    },
    Fault {
        name: "token-error-html",
        description: "Errors of the token endpoint are an HTML page.",
        caught_by: &["token-defect"],
        also: &["group:token-refused", "group:scope"],
        seam: Seam::Tell(|reply| {
            if reply.status >= 400 {
                reply.body = Content::Text("<html><body>Bad request</body></html>".to_owned());
                "text/html".clone_into(&mut reply.media_type);
            }
        }),
    },
    Fault {
        name: "token-error-is-200",
        description: "Errors of the token endpoint have the status 200.",
        caught_by: &["token-defect"],
        also: &["group:token-refused", "group:scope"],
        seam: Seam::Tell(|reply| {
            if reply.status >= 400 {
                reply.status = 200;
            }
        }),
    },
    Fault {
        name: "token-error-is-500",
        description: "A token request that is wrong is answered with the status 500.",
        caught_by: &["token-defect"],
        also: &["group:token-refused", "group:scope"],
        seam: Seam::Tell(|reply| {
            if reply.status >= 400 {
                reply.status = 500;
            }
        }),
    },
];

/// What a token request may hold that the server knows.
const PARAMETERS: &[&str] = &[
    "grant_type",
    "scope",
    "client_assertion_type",
    "client_assertion",
    "client_id",
    "client_secret",
    "resource",
];

/// The scopes of a token request, without those in the notation of SMART v1.
pub(super) fn forget_v1(form: &mut Form) {
    form.change("scope", |scope| without(scope, &["read", "write"]));
}

/// A list of scopes without those that end so.
fn without(scopes: &str, suffixes: &[&str]) -> String {
    let known: Vec<&str> = scopes
        .split_ascii_whitespace()
        .map(|scope| match scope.rsplit_once('.') {
            Some((_, suffix)) if suffixes.contains(&suffix) => "unknown",
            _ => scope,
        })
        .collect();
    known.join(" ")
}

fn remove(reply: &mut Reply, name: &str) {
    if let Content::Resource(Value::Object(members)) = &mut reply.body {
        members.remove(name);
    }
}

fn set(reply: &mut Reply, name: &str, value: Value) {
    if let Content::Resource(Value::Object(members)) = &mut reply.body
        && members.contains_key("access_token") == (reply.status == 200)
    {
        members.insert(name.to_owned(), value);
    }
}

fn drop_header(reply: &mut Reply, name: &HeaderName) {
    reply.headers.retain(|(known, _)| known != name);
}

fn is_error(reply: &Reply, code: &str) -> bool {
    matches!(&reply.body, Content::Resource(body) if body["error"] == code)
}
