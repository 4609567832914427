//! Faults of errors, and of answers that cannot be read.

use serde_json::json;

use super::common::{html, is_search};
use crate::provider::model::Content;
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "error-without-outcome",
        description: "Errors have no body.",
        caught_by: &["read-unknown-id"],
        also: &[
            "every-error",
            "malformed-birthdate",
            "malformed-date",
            "unknown-modifier",
            "unknown-type",
            "search-without-patient",
            "access-scope-included",
            "error-in-xml",
            "documents-bad-value",
            "document-unknown-address",
            "match-without-patient",
            "match-of-something-else",
            "write-create",
            "write-transaction",
            "write-batch",
            "submission-unreadable",
            "submission-defect",
            "submission-minor",
        ],
        seam: Seam::Serialise(|_, reply| {
            if reply.status >= 400 {
                reply.body = Content::Empty;
            }
        }),
    },
    Fault {
        name: "error-as-plain-json",
        description: "Errors have a JSON body that is no OperationOutcome.",
        caught_by: &["every-error", "read-unknown-id"],
        also: &[
            "malformed-birthdate",
            "malformed-date",
            "unknown-modifier",
            "unknown-type",
            "search-without-patient",
            "error-in-xml",
            "documents-bad-value",
            "document-unknown-address",
            "match-without-patient",
            "match-of-something-else",
            "write-create",
            "submission-unreadable",
            "submission-defect",
            "submission-minor",
        ],
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
        caught_by: &["read-unknown-id", "unknown-type"],
        also: &[
            "patient-format-impossible",
            "every-search",
            "group:errors",
            "group:isolation",
            "group:read",
            "group:authorization",
            "documents-bad-value",
            "match-without-patient",
            "match-of-something-else",
            "match-needs-token",
            "submission-unreadable",
            "submission-defect",
            "submission-minor",
        ],
        seam: Seam::Serialise(|_, reply| {
            if reply.status >= 400 {
                reply.status = 200;
            }
        }),
    },
    Fault {
        name: "error-is-500",
        description: "Whatever is wrong with a request, the status is 500.",
        caught_by: &["malformed-date", "malformed-birthdate"],
        also: &[
            "patient-format-impossible",
            "include-unknown",
            "group:errors",
            "group:isolation",
            "group:read",
            "group:authorization",
            "documents-bad-value",
            "match-without-patient",
            "match-of-something-else",
            "match-needs-token",
            "submission-unreadable",
            "submission-defect",
            "submission-minor",
            "submission-twice",
        ],
        seam: Seam::Serialise(|_, reply| {
            if reply.status >= 400 {
                reply.status = 500;
            }
        }),
    },
    Fault {
        name: "empty-result-is-404",
        description: "A search that finds nothing is answered with 404.",
        caught_by: &["search-empty-result", "search-empty-code"],
        also: &[
            "patient-by-unknown-id",
            "patient-by-unknown-identifier",
            "search-date-exclusive",
            "search-declared-parameter",
            "group:search",
            "search-by-id-and-patient",
        ],
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
        caught_by: &["search-answered"],
        also: &[
            "transport-links",
            "group:bundle",
            "group:errors",
            "group:isolation",
            "group:search",
            "group:authorization",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if is_search(ask) {
                *reply = html(200, "Results");
            }
        }),
    },
    Fault {
        name: "truncated-json",
        description: "The body of a search ends in the middle.",
        caught_by: &["search-answered"],
        also: &[
            "transport-links",
            "group:bundle",
            "group:errors",
            "group:isolation",
            "group:search",
            "group:authorization",
        ],
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
