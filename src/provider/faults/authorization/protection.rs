//! Faults of how the FHIR side protects its data.

use axum::http::header;
use serde_json::json;

use crate::provider::authorization::{Jws, bearer};
use crate::provider::model::{Ask, Defect, Interaction, Refusal, Reply};
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault::overlooks(
        "needs-no-token",
        "Data is given to everybody.",
        &["access-refused", "access-refused-search"],
        |defect| defect == Defect::TokenMissing,
    )
    .may_also_break(&["group:authorization", "match-needs-token"]),
    Fault::overlooks(
        "accepts-garbage-token",
        "Any text is accepted as an access token.",
        &["access-refused"],
        |defect| defect == Defect::TokenMalformed,
    ),
    Fault::overlooks(
        "accepts-expired-token",
        "Access tokens are accepted after their end.",
        &["access-refused"],
        |defect| defect == Defect::TokenExpired,
    ),
    Fault::overlooks(
        "accepts-tampered-token",
        "The signature of an access token is not verified.",
        &["access-refused"],
        |defect| defect == Defect::TokenSignature,
    ),
    Fault::overlooks(
        "accepts-unsigned-token",
        "An access token that says that it is not signed is accepted.",
        &["access-refused"],
        |defect| defect == Defect::TokenUnsigned,
    ),
    Fault::overlooks(
        "accepts-token-of-other-audience",
        "An access token for another server is accepted.",
        &["access-refused"],
        |defect| defect == Defect::TokenAudience,
    ),
    Fault::overlooks(
        "accepts-token-in-url",
        "An access token in the URL opens the API, so that tokens end up in logs.",
        &["access-token-in-url"],
        |defect| defect == Defect::TokenInQuery,
    ),
    Fault::overlooks(
        "scope-by-type-ignored",
        "A token that gives rights on one type opens all types.",
        &[
            "access-scope-type",
            "access-scope-patient",
            "documents-scope",
        ],
        |defect| defect == Defect::ScopeType,
    )
    .may_also_break(&["documents-scope"]),
    Fault::overlooks(
        "scope-by-interaction-ignored",
        "A token that gives reading also opens searches, and the other way round.",
        &[
            "access-scope-read",
            "access-scope-search",
            "submission-without-right",
        ],
        |defect| defect == Defect::ScopeInteraction,
    )
    .may_also_break(&["submission-without-right"]),
    Fault::overlooks(
        "includes-without-scope",
        "A search includes types on which the token gives no rights.",
        &["access-scope-included"],
        |defect| defect == Defect::ScopeIncluded,
    ),
    Fault::overlooks(
        "token-not-verified",
        "Every access token is accepted: its end, its signature and its scope are not looked at.",
        &["access-refused"],
        |defect| {
            matches!(
                defect,
                Defect::TokenMalformed
                    | Defect::TokenExpired
                    | Defect::TokenSignature
                    | Defect::TokenUnsigned
                    | Defect::TokenAudience
                    | Defect::ScopeType
                    | Defect::ScopeInteraction
            )
        },
    )
    .may_also_break(&["group:authorization"]),
    Fault {
        name: "refuses-narrow-scope",
        description: "A token that gives rights on one type alone opens nothing.",
        caught_by: &["access-scope-sufficient", "access-scope-supporting"],
        also: &["group:authorization"],
        seam: Seam::Serialise(|ask, reply| {
            if reply.status == 200 && ask.is_some_and(has_narrow_scope) {
                *reply = Refusal::unauthorized(Defect::ScopeType).into();
            }
        }),
    },
    Fault {
        name: "accepts-basic",
        description: "Any name and password open the API.",
        caught_by: &["access-refused-basic"],
        also: &[],
        seam: Seam::Excuse(|ask| {
            let scheme = ask.header(&header::AUTHORIZATION);
            scheme.is_some_and(|scheme| scheme.starts_with("Basic "))
        }),
    },
    Fault {
        name: "post-search-needs-no-token",
        description: "A search by POST is answered without an access token.",
        caught_by: &["access-refused-search-by-post"],
        also: &["match-needs-token", "submission-without-right"],
        seam: Seam::Excuse(|ask| ask.posted),
    },
    Fault {
        name: "head-needs-no-token",
        description: "HEAD is answered without an access token.",
        caught_by: &["access-refused-head"],
        also: &[],
        seam: Seam::Excuse(|ask| ask.head),
    },
    Fault {
        name: "reverse-include-without-scope",
        description: "What refers to a patient comes along with him, whatever the token gives rights on.",
        caught_by: &["access-scope-detour"],
        also: &["every-search", "group:content", "records-reference-literal"],
        seam: Seam::Serialise(|ask, reply| {
            let asked = ask.and_then(|ask| ask.parameter("_revinclude"));
            if asked == Some("Observation:patient") {
                *reply = Reply::resource(json!({
                    "resourceType": "Bundle", "type": "searchset", "entry": [{
                        "resource": { "resourceType": "Observation", "id": "o", "status": "final" },
                        "search": { "mode": "include" },
                    }],
                }));
            }
        }),
    },
    Fault {
        name: "next-page-needs-no-token",
        description: "The further pages of a search are given to everybody.",
        caught_by: &["access-next-page"],
        also: &[],
        seam: Seam::Excuse(|ask| ask.parameter("_page").is_some()),
    },
    Fault {
        name: "challenge-missing",
        description: "A refusal for want of a token has no WWW-Authenticate header.",
        caught_by: &["access-challenge"],
        also: &[],
        seam: Seam::Serialise(|_, reply| {
            reply
                .headers
                .retain(|(name, _)| name != header::WWW_AUTHENTICATE);
        }),
    },
    Fault {
        name: "challenge-of-other-scheme",
        description: "A refusal for want of a token asks for a name and a password.",
        caught_by: &["access-challenge"],
        also: &[],
        seam: Seam::Serialise(|_, reply| {
            for (name, value) in &mut reply.headers {
                if *name == header::WWW_AUTHENTICATE {
                    "Basic realm=\"FHIR\"".clone_into(value);
                }
            }
        }),
    },
    Fault {
        name: "unauthorized-is-404",
        description: "A request without a token is answered as if there were nothing.",
        caught_by: &["access-refused"],
        also: &[],
        seam: Seam::Serialise(|_, reply| {
            if reply.status == 401 {
                *reply = Refusal::not_found("there is nothing here").into();
            }
        }),
    },
    Fault {
        name: "unauthorized-is-empty-bundle",
        description: "A search without rights is answered with 200 and an empty Bundle.",
        caught_by: &["access-scope-type"],
        also: &[
            "group:authorization",
            "every-read",
            "every-search",
            "match-needs-token",
        ],
        seam: Seam::Serialise(|_, reply| {
            if matches!(reply.status, 401 | 403) {
                *reply = Reply::resource(json!({
                    "resourceType": "Bundle", "type": "searchset", "total": 0,
                }));
            }
        }),
    },
    Fault {
        name: "metadata-needs-token",
        description: "The CapabilityStatement is given to those with a token only.",
        caught_by: &["access-open-metadata"],
        also: &[
            "capability-statement-open",
            "documents-none",
            "documents-unknown-parameter",
            "documents-of-one-patient",
            "document-unknown",
            "documents-with-provenance",
            "provenance-document",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if is_anonymous(ask, &Interaction::Capabilities) {
                *reply = Refusal::unauthorized(Defect::TokenMissing).into();
            }
        }),
    },
    Fault {
        name: "smart-configuration-needs-token",
        description: "The SMART configuration is given to those with a token only.",
        caught_by: &["smart-configuration"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if is_anonymous(ask, &Interaction::SmartConfiguration) {
                *reply = Refusal::unauthorized(Defect::TokenMissing).into();
            }
        }),
    },
    Fault {
        name: "smart-configuration-refuses-bad-token",
        description: "The SMART configuration is not given to those with a token that cannot be read.",
        caught_by: &["smart-configuration-open"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| {
                ask.interaction == Interaction::SmartConfiguration && !has_jwt(ask)
            }) {
                *reply = Refusal::unauthorized(Defect::TokenMalformed).into();
            }
        }),
    },
];

fn is_anonymous(ask: Option<&Ask>, interaction: &Interaction) -> bool {
    ask.is_some_and(|ask| {
        ask.interaction == *interaction && !ask.headers.contains_key(header::AUTHORIZATION)
    })
}

pub(in crate::provider::faults) fn has_narrow_scope(ask: &Ask) -> bool {
    let token = bearer(&ask.headers).and_then(Jws::open);
    let scope = token
        .as_ref()
        .and_then(|token| token.claims.get("scope")?.as_str());
    scope.is_some_and(|scope| !scope.contains(' '))
}

/// Also true without any token.
fn has_jwt(ask: &Ask) -> bool {
    let token = bearer(&ask.headers);
    token.is_none_or(|token| Jws::open(token).is_some())
}
