//! Faults of status, headers and bytes.

use axum::http::header;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::common::{html, is_read, is_search};
use crate::provider::model::{Ask, Content, Interaction, Refusal, Reply, TYPES};
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "capability-unavailable",
        description: "There is no CapabilityStatement.",
        caught_by: &["capability-statement"],
        also: &[
            "every-error",
            "access-open-metadata",
            "capability-statement-open",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| ask.interaction == Interaction::Capabilities) {
                *reply = html(404, "Not found");
            }
        }),
    },
    Fault {
        name: "unknown-id-is-200-empty",
        description: "The read of an unknown id is answered with 200 and no body.",
        caught_by: &["read-unknown-id", "document-unknown"],
        also: &[
            "every-read",
            "malformed-id",
            "document-unknown",
            "document-unknown-address",
            "write-create-by-id",
            "write-patch",
        ],
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
        caught_by: &["read-unknown-id"],
        also: &[
            "every-error",
            "malformed-id",
            "document-unknown",
            "document-unknown-address",
            "write-create-by-id",
            "write-patch",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if is_read(ask) && reply.status == 404 {
                *reply = html(500, "NullPointerException");
            }
        }),
    },
    Fault {
        name: "unknown-id-is-200-bundle",
        description: "The read of an unknown id is answered with 200 and an empty Bundle.",
        caught_by: &["read-unknown-id", "malformed-id"],
        also: &[
            "every-read",
            "document-unknown",
            "document-unknown-address",
            "write-create-by-id",
            "write-patch",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if is_read(ask) && reply.status == 404 {
                *reply = Reply::resource(json!({
                    "resourceType": "Bundle", "type": "searchset", "total": 0,
                }));
            }
        }),
    },
    Fault {
        name: "search-over-types-answered",
        description: "A search over all types at once is answered, with records of any patient.",
        caught_by: &["search-over-types"],
        also: &[
            "access-scope-detour",
            "group:content",
            "records-reference-literal",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| ask.interaction == Interaction::Base) {
                let record = json!({ "resourceType": "Condition", "id": "of-somebody" });
                *reply = Reply::resource(json!({
                    "resourceType": "Bundle",
                    "type": "searchset",
                    "entry": [{ "resource": record, "search": { "mode": "match" } }],
                }));
            }
        }),
    },
    Fault {
        name: "empty-result-is-accepted",
        description: "A search that finds nothing is answered with 202.",
        caught_by: &["every-success"],
        also: &["group:search", "group:isolation"],
        seam: Seam::Serialise(|ask, reply| {
            if is_search(ask)
                && matches!(&reply.body, Content::Resource(bundle) if bundle["total"] == 0)
            {
                reply.status = 202;
            }
        }),
    },
    Fault {
        name: "self-link-echoes-request",
        description: "The self link repeats the request, with parameters that were not applied.",
        caught_by: &["search-undeclared", "patient-self-link"],
        also: &["group:search", "group:errors"],
        seam: Seam::Serialise(|ask, reply| {
            let (Some(ask), Content::Resource(bundle)) = (ask, &mut reply.body) else {
                return;
            };
            let links = bundle.get_mut("link").and_then(Value::as_array_mut);
            for link in links
                .into_iter()
                .flatten()
                .filter(|link| link["relation"] == "self")
            {
                let url = link["url"].as_str().unwrap_or_default();
                let base = url.split('?').next().unwrap_or_default();
                let query = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&ask.parameters)
                    .finish();
                link["url"] = json!(format!("{base}?{query}"));
            }
        }),
    },
    Fault {
        name: "unknown-include-is-500",
        description: "An include that the server does not know ends in an error of the server.",
        caught_by: &["include-unknown"],
        also: &["every-error", "access-scope-included", "include-everything"],
        seam: Seam::Serialise(|ask, reply| {
            let includes = |ask: &Ask| ask.parameters.iter().any(|(name, _)| name == "_include");
            if reply.status >= 400 && ask.is_some_and(includes) {
                *reply = html(500, "IllegalArgumentException");
            }
        }),
    },
    Fault {
        name: "patients-cannot-be-read",
        description: "Patients can be searched for, but not read.",
        caught_by: &["reference-to-patient"],
        also: &[
            "references-resolve",
            "group:authorization",
            "group:search",
            "group:read",
            "content-patient-identifier",
            "must-support",
            "document-subject",
            "docref-address-silent",
        ],
        seam: Seam::Serialise(|ask, reply| {
            let patient = |ask: &Ask| matches!(&ask.interaction, Interaction::Read { resource_type, .. } if resource_type == "Patient");
            if ask.is_some_and(patient) {
                *reply = Reply::from(Refusal::not_found("patients are only searched for"));
            }
        }),
    },
    Fault {
        name: "repeated-search-loses-entry",
        description: "A search that was asked before is answered from a cache that has lost the first match.",
        caught_by: &["search-repeatable"],
        also: &[
            "every-search",
            "patient-by-post",
            "search-by-post",
            "group:authorization",
            "include-medication",
            "group:search",
            "every-error",
            "write-nothing-changed",
            "unknown-parameter",
        ],
        seam: Seam::Repeat(|reply| {
            if let Content::Resource(bundle) = &mut reply.body
                && let Some(entries) = bundle["entry"].as_array_mut()
                && !entries.is_empty()
            {
                entries.remove(0);
            }
        }),
    },
    Fault {
        name: "self-link-after-post-bare",
        description: "The self link after a search by POST is the address that was posted to.",
        caught_by: &["self-link-after-post"],
        also: &["every-search"],
        seam: Seam::Serialise(|ask, reply| {
            if let Content::Resource(bundle) = &mut reply.body
                && ask.is_some_and(|ask| ask.posted)
                && let Some(url) = bundle.pointer_mut("/link/0/url")
            {
                let bare = url
                    .as_str()
                    .and_then(|url| url.split_once('?'))
                    .map(|(bare, _)| bare.to_owned());
                *url = json!(bare);
            }
        }),
    },
    Fault {
        name: "wrong-content-type",
        description: "Resources are sent as text/plain.",
        caught_by: &["capability-statement", "searchset-rules"],
        also: &[
            "group:bundle",
            "group:errors",
            "group:isolation",
            "group:read",
            "group:references",
            "group:search",
            "smart-configuration-json",
            "capability-statement-open",
            "document-format",
            "submission-accepted",
            "submission-unreadable",
            "submission-judged",
        ],
        seam: Seam::Serialise(|_, reply| reply.media_type = "text/plain".to_owned()),
    },
    Fault {
        name: "wrong-content-type-of-later-pages",
        description: "Pages after the first are sent as application/json.",
        caught_by: &["paging-complete"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| ask.parameter("_page").is_some()) {
                reply.media_type = "application/json".to_owned();
            }
        }),
    },
    Fault {
        name: "capabilities-refused-with-token",
        description: "The CapabilityStatement is refused to whoever sends a token.",
        caught_by: &["capability-statement-open"],
        also: &["group:capabilities", "access-open-metadata"],
        seam: Seam::Serialise(|ask, reply| {
            let refused = ask.is_some_and(|ask| {
                ask.interaction == Interaction::Capabilities
                    && ask.headers.contains_key(header::AUTHORIZATION)
            });
            if refused {
                *reply = Refusal::invalid("no token is expected here").into();
            }
        }),
    },
    Fault {
        name: "included-full-url-elsewhere",
        description: "Included resources have a fullUrl on another server.",
        caught_by: &["include-medication"],
        also: &[
            "include-provenance",
            "every-search",
            "group:bundle",
            "group:content",
            "documents-with-provenance",
        ],
        seam: Seam::Serialise(|_, reply| {
            if let Content::Resource(bundle) = &mut reply.body {
                let entries = bundle.get_mut("entry").and_then(Value::as_array_mut);
                for entry in entries.into_iter().flatten() {
                    if entry["search"]["mode"] == "include" {
                        let id = entry["resource"]["id"].as_str().unwrap_or_default();
                        entry["fullUrl"] = json!(format!("http://pharmacy.invalid/{id}"));
                    }
                }
            }
        }),
    },
    Fault {
        name: "wrong-charset",
        description: "The Content-Type declares another charset than UTF-8.",
        caught_by: &["capability-statement"],
        also: &[
            "group:bundle",
            "group:errors",
            "group:isolation",
            "group:read",
            "group:references",
            "group:search",
            "smart-configuration-json",
            "capability-statement-open",
            "submission-accepted",
            "submission-unreadable",
            "submission-judged",
        ],
        seam: Seam::Serialise(|_, reply| {
            reply.media_type = "application/fhir+json; charset=iso-8859-1".to_owned();
        }),
    },
    Fault {
        name: "accept-ignored",
        description: "A request that accepts no JSON is answered in JSON.",
        caught_by: &[
            "read-accept-impossible",
            "patient-format-impossible",
            "patient-read-format-impossible",
        ],
        also: &["document-impossible-format"],
        seam: Seam::Authorize(|refusal| refusal.status == 406),
    },
    Fault {
        name: "accept-too-strict",
        description: "Only the exact media type application/fhir+json is accepted.",
        caught_by: &["read-accept-general", "read-accept-fhir-version"],
        also: &[
            "read-format-parameter",
            "smart-configuration-json",
            "capability-in-xml",
            "error-in-xml",
            "patient-by-identifier-in-xml",
            "read-in-xml",
            "search-in-xml",
            "documents-in-xml",
            "document-native",
            "document-binary",
            "document-dicom",
        ],
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
        caught_by: &["read-format-parameter"],
        also: &[],
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
        caught_by: &["patient-by-post", "search-by-post"],
        also: &[
            "self-link-after-post",
            "access-refused-search-by-post",
            "match-nobody",
            "match-needs-token",
            "documents-by-post",
            "match-certain",
            "match-uncertain",
            "match-certain-by-default",
            "submission-accepted",
            "post-search-split",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(|ask| ask.posted) {
                *reply = Refusal::method("GET", "search with GET").into();
            }
        }),
    },
    Fault {
        name: "type-case-ignored",
        description: "The names of resource types are understood in any case.",
        caught_by: &["type-in-lower-case"],
        also: &[],
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
        caught_by: &["unknown-type"],
        also: &[
            "every-read",
            "search-over-types",
            "type-in-lower-case",
            "access-next-page",
            "write-message",
        ],
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
        caught_by: &["read-version"],
        also: &["every-read"],
        seam: Seam::Serialise(|_, reply| reply.headers.retain(|(name, _)| name != header::ETAG)),
    },
    Fault {
        name: "etag-wrong",
        description: "The ETag of a read is not the version of the resource.",
        caught_by: &["every-read", "read-version"],
        also: &[],
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
        caught_by: &["read-version"],
        also: &["every-read"],
        seam: Seam::Serialise(|_, reply| {
            reply
                .headers
                .retain(|(name, _)| name != header::LAST_MODIFIED);
        }),
    },
];
