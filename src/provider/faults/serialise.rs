//! Faults of status, headers and bytes.

use axum::http::header;
use serde_json::json;

use super::{Fault, Seam};
use crate::provider::TYPES;
use crate::provider::ask::{Ask, Interaction};
use crate::provider::outcome::Refusal;
use crate::provider::reply::{Content, Reply};

const HTML: &str = "text/html; charset=utf-8";

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        name: "capability-unavailable",
        description: "There is no CapabilityStatement.",
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| ask.interaction == Interaction::Capabilities) {
                *reply = html(404, "Not found");
            }
        }),
    },
    Fault {
        name: "unknown-id-is-200-empty",
        description: "The read of an unknown id is answered with 200 and no body.",
        seam: Seam::Serialise(|ask, reply| {
            if is_read(ask) && reply.status == 404 {
                reply.status = 200;
                reply.body = Content::Empty;
            }
        }),
    },
    Fault {
        name: "unknown-id-is-html-500",
        description: "The read of an unknown id ends in an HTML page with status 500.",
        seam: Seam::Serialise(|ask, reply| {
            if is_read(ask) && reply.status == 404 {
                *reply = html(500, "NullPointerException");
            }
        }),
    },
    Fault {
        name: "unknown-id-is-200-bundle",
        description: "The read of an unknown id is answered with 200 and an empty Bundle.",
        seam: Seam::Serialise(|ask, reply| {
            if is_read(ask) && reply.status == 404 {
                *reply = Reply::resource(json!({
                    "resourceType": "Bundle", "type": "searchset", "total": 0,
                }));
            }
        }),
    },
    Fault {
        name: "wrong-content-type",
        description: "Resources are sent as text/plain.",
        seam: Seam::Serialise(|_, reply| reply.media_type = "text/plain".to_owned()),
    },
    Fault {
        name: "wrong-charset",
        description: "The Content-Type declares another charset than UTF-8.",
        seam: Seam::Serialise(|_, reply| {
            reply.media_type = "application/fhir+json; charset=iso-8859-1".to_owned();
        }),
    },
    Fault {
        name: "accept-ignored",
        description: "A request that accepts no JSON is answered in JSON.",
        seam: Seam::Authorize(|refusal| refusal.status == 406),
    },
    Fault {
        name: "accept-too-strict",
        description: "Only the exact media type application/fhir+json is accepted.",
        seam: Seam::Serialise(|ask, reply| {
            let accept = ask.and_then(|ask| ask.header(&header::ACCEPT));
            if accept.is_some_and(|accept| accept != "application/fhir+json") {
                *reply = Refusal::not_acceptable("ask for application/fhir+json").into();
            }
        }),
    },
    Fault {
        name: "format-parameter-ignored",
        description: "The parameter _format does not override the Accept header.",
        seam: Seam::Serialise(|ask, reply| {
            let overridden = ask.filter(|ask| ask.parameter("_format").is_some());
            let accept = overridden.and_then(|ask| ask.header(&header::ACCEPT));
            if accept.is_some_and(|accept| !accept.contains("json") && !accept.contains("*/*")) {
                *reply = Refusal::not_acceptable("ask for application/fhir+json").into();
            }
        }),
    },
    Fault {
        name: "post-search-unsupported",
        description: "A search by POST is refused.",
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| ask.posted) {
                *reply = Refusal::method("GET", "search with GET").into();
            }
        }),
    },
    Fault {
        name: "type-case-ignored",
        description: "The names of resource types are understood in any case.",
        seam: Seam::Route(|path| {
            for (name, _) in TYPES {
                let lower = format!("/{}", name.to_lowercase());
                if path.trim_end_matches('/') == lower {
                    *path = format!("/{name}");
                }
            }
        }),
    },
    Fault {
        name: "unknown-type-is-200",
        description: "A resource type that is not served is answered with 200 and an empty Bundle.",
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_none() && reply.status == 404 {
                *reply = Reply::resource(json!({
                    "resourceType": "Bundle", "type": "searchset", "total": 0,
                }));
            }
        }),
    },
    Fault {
        name: "etag-missing",
        description: "A read does not tell the version in an ETag.",
        seam: Seam::Serialise(|_, reply| reply.headers.retain(|(name, _)| name != header::ETAG)),
    },
    Fault {
        name: "etag-wrong",
        description: "The ETag of a read is not the version of the resource.",
        seam: Seam::Serialise(|_, reply| {
            for (_, value) in reply
                .headers
                .iter_mut()
                .filter(|(name, _)| name == header::ETAG)
            {
                "W/\"9999\"".clone_into(value);
            }
        }),
    },
    Fault {
        name: "last-modified-missing",
        description: "A read does not tell when the resource last changed.",
        seam: Seam::Serialise(|_, reply| {
            reply
                .headers
                .retain(|(name, _)| name != header::LAST_MODIFIED);
        }),
    },
    Fault {
        name: "error-without-outcome",
        description: "Errors have no body.",
        seam: Seam::Serialise(|_, reply| {
            if reply.status >= 400 {
                reply.body = Content::Empty;
            }
        }),
    },
    Fault {
        name: "error-as-plain-json",
        description: "Errors have a JSON body that is no OperationOutcome.",
        seam: Seam::Serialise(|_, reply| {
            if reply.status >= 400 {
                reply.media_type = "application/json".to_owned();
                reply.body = Content::Resource(json!({ "error": reply.status }));
            }
        }),
    },
    Fault {
        name: "error-is-200",
        description: "Errors are told by an OperationOutcome with status 200.",
        seam: Seam::Serialise(|_, reply| {
            if reply.status >= 400 {
                reply.status = 200;
            }
        }),
    },
    Fault {
        name: "error-is-500",
        description: "Whatever is wrong with a request, the status is 500.",
        seam: Seam::Serialise(|_, reply| {
            if reply.status >= 400 {
                reply.status = 500;
            }
        }),
    },
    Fault {
        name: "empty-result-is-404",
        description: "A search that finds nothing is answered with 404.",
        seam: Seam::Serialise(|ask, reply| {
            if is_search(ask)
                && matches!(&reply.body, Content::Resource(bundle) if bundle["total"] == 0)
            {
                reply.status = 404;
                reply.body = Content::Resource(json!({
                    "resourceType": "OperationOutcome",
                    "issue": [{ "severity": "error", "code": "not-found" }],
                }));
            }
        }),
    },
    Fault {
        name: "search-is-html",
        description: "A search is answered with a page for people.",
        seam: Seam::Serialise(|ask, reply| {
            if is_search(ask) {
                *reply = html(200, "Results");
            }
        }),
    },
    Fault {
        name: "truncated-json",
        description: "The body of a search ends in the middle.",
        seam: Seam::Serialise(|ask, reply| {
            if let (true, Content::Resource(resource)) = (is_search(ask), &reply.body) {
                let mut text = resource.to_string();
                let mut middle = text.len() / 2;
                while !text.is_char_boundary(middle) {
                    middle -= 1;
                }
                text.truncate(middle);
                reply.body = Content::Text(text);
            }
        }),
    },
];

fn is_read(ask: Option<&Ask>) -> bool {
    matches!(
        ask.map(|ask| &ask.interaction),
        Some(Interaction::Read { .. })
    )
}

fn is_search(ask: Option<&Ask>) -> bool {
    matches!(
        ask.map(|ask| &ask.interaction),
        Some(Interaction::Search { .. })
    )
}

fn html(status: u16, title: &str) -> Reply {
    Reply {
        status,
        media_type: HTML.to_owned(),
        headers: Vec::new(),
        body: Content::Text(format!("<html><body><h1>{title}</h1></body></html>")),
    }
}
