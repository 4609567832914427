//! Faults of format, compression, cross-origin requests and conditional reads.

use axum::http::header;
use serde_json::Value;

use super::common::{is_read, is_search};
use crate::provider::model::{Ask, Content, Interaction, Refusal, Reply};
use crate::provider::seams::{Fault, Seam};
use crate::provider::wire::negotiate::{FHIR_XML, Format, format};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    Fault {
        name: "xml-undeclared",
        description: "XML can be had, and is not among the declared formats.",
        caught_by: &["capability-xml"],
        also: &[],
        seam: Seam::Declare(|statement| {
            if let Some(formats) = statement["format"].as_array_mut() {
                formats.retain(|format| !format.as_str().unwrap_or_default().contains("xml"));
            }
        }),
    },
    Fault {
        name: "xml-capability-missing",
        description: "The CapabilityStatement can be had in JSON only.",
        caught_by: &["capability-in-xml"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            let is_it = |ask: &Ask| ask.interaction == Interaction::Capabilities;
            if ask.is_some_and(is_it) && wants_xml(ask) {
                *reply = Refusal::not_acceptable("ask for application/fhir+json").into();
            }
        }),
    },
    Fault {
        name: "xml-read-loses-identifiers",
        description: "Records that are read in XML lack their identifiers.",
        caught_by: &["read-in-xml", "read-format-spelling"],
        also: &["every-version"],
        seam: Seam::Serialise(|ask, reply| {
            if let Content::Resource(resource) = &mut reply.body
                && is_read(ask)
                && wants_xml(ask)
                && let Some(members) = resource.as_object_mut()
            {
                members.remove("identifier");
            }
        }),
    },
    Fault {
        name: "xml-search-loses-entry",
        description: "A search that is answered in XML lacks its last entry.",
        caught_by: &["search-in-xml", "documents-in-xml"],
        also: &["every-search", "documents-in-xml"],
        seam: Seam::Serialise(|ask, reply| {
            if let Content::Resource(bundle) = &mut reply.body
                && is_search(ask)
                && wants_xml(ask)
                && let Some(entries) = bundle["entry"].as_array_mut()
                && entries.len() > 1
            {
                entries.pop();
            }
        }),
    },
    Fault {
        name: "xml-media-type-plain",
        description: "XML is sent as application/xml.",
        caught_by: &["read-in-xml", "search-in-xml", "capability-in-xml"],
        also: &[
            "error-in-xml",
            "every-error",
            "every-read",
            "every-search",
            "read-format-spelling",
            "patient-by-identifier-in-xml",
            "documents-in-xml",
        ],
        seam: Seam::Send(|_, reply| {
            if reply.media_type == FHIR_XML {
                "application/xml".clone_into(&mut reply.media_type);
            }
        }),
    },
    Fault {
        name: "xml-out-of-order",
        description: "In XML the id of a record comes last.",
        caught_by: &["read-in-xml"],
        also: &[
            "every-read",
            "read-format-spelling",
            "document-other-encoding",
        ],
        seam: Seam::Serialise(|ask, reply| {
            if let Content::Resource(resource) = &reply.body
                && is_read(ask)
                && wants_xml(ask)
                && reply.status == 200
                && let (Some(name), Some(id)) =
                    (resource["resourceType"].as_str(), resource["id"].as_str())
            {
                let text = format!(
                    "<{name} xmlns=\"http://hl7.org/fhir\"><language value=\"en\"/><id value=\"{id}\"/></{name}>"
                );
                reply.body = Content::Text(text);
                FHIR_XML.clone_into(&mut reply.media_type);
            }
        }),
    },
    Fault {
        name: "format-spellings-unknown",
        description: "Of the spellings of XML, _format knows FHIR's own only.",
        caught_by: &["read-format-spelling"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            let asked = ask.and_then(|ask| ask.parameter("_format"));
            if asked.is_some_and(|format| ["xml", "text/xml", "application/xml"].contains(&format))
            {
                *reply = Refusal::not_acceptable("ask for application/fhir+xml").into();
            }
        }),
    },
    Fault {
        name: "errors-in-json-only",
        description: "Errors are explained in JSON where XML was asked for.",
        caught_by: &["error-in-xml"],
        also: &["every-error"],
        seam: Seam::Serialise(|ask, reply| {
            if let Content::Resource(outcome) = &reply.body
                && reply.status >= 400
                && wants_xml(ask)
            {
                reply.body = Content::Text(outcome.to_string());
            }
        }),
    },
    Fault {
        name: "compression-claimed-only",
        description: "Searches for observations are said to be compressed, and are not.",
        caught_by: &["search-compressed"],
        also: &[
            "group:authorization",
            "group:bundle",
            "group:content",
            "group:errors",
            "group:isolation",
            "group:read",
            "group:references",
            "group:search",
            "capability-parameters-declared",
        ],
        seam: Seam::Send(|ask, reply| {
            let of_observations = |ask: &Ask| matches!(&ask.interaction, Interaction::Search { resource_type } if resource_type == "Observation");
            if matches!(reply.body, Content::Bytes(_)) && ask.is_some_and(of_observations) {
                reply.body = Content::Text("{\"resourceType\":\"Bundle\"}".to_owned());
            }
        }),
    },
    Fault {
        name: "cors-declared-only",
        description: "Cross-origin requests are declared, and no answer has the headers for them.",
        caught_by: &["cors-open", "cors-preflight"],
        also: &[],
        seam: Seam::Send(|_, reply| {
            reply
                .headers
                .retain(|(name, _)| !name.as_str().starts_with("access-control-"));
        }),
    },
    Fault {
        name: "cors-preflight-needs-token",
        description: "A preflight without a token is refused, and browsers never send one.",
        caught_by: &["cors-preflight"],
        also: &[],
        seam: Seam::Send(|_, reply| {
            // Nothing else is answered in this way.
            if reply.status == 204 {
                reply.status = 401;
            }
        }),
    },
    Fault {
        name: "conditional-read-is-412",
        description: "A read of a version that the client has already is answered with 412.",
        caught_by: &["read-if-none-match", "read-if-none-match-declared"],
        also: &["every-error"],
        seam: Seam::Serialise(|ask, reply| {
            if reply.status == 304 && has(ask, &header::IF_NONE_MATCH) {
                reply.status = 412;
            }
        }),
    },
    Fault {
        name: "if-none-match-always-304",
        description: "Whatever version a client has, it is told that nothing changed.",
        caught_by: &["read-if-none-match"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if is_read(ask) && has(ask, &header::IF_NONE_MATCH) {
                *reply = Reply::not_modified();
            }
        }),
    },
    Fault {
        name: "if-none-match-ignored",
        description: "Reads by version are declared as conditional, and always answered in full.",
        caught_by: &["read-if-none-match-declared"],
        also: &[],
        seam: Seam::Unconditional(|ask| ask.header(&header::IF_NONE_MATCH).is_some()),
    },
    Fault {
        name: "if-modified-since-always-304",
        description: "Whatever time a client names, it is told that nothing changed since.",
        caught_by: &["read-if-modified-since"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if is_read(ask) && has(ask, &header::IF_MODIFIED_SINCE) {
                *reply = Reply::not_modified();
            }
        }),
    },
    Fault {
        name: "if-modified-since-ignored",
        description: "Reads by time are declared as conditional, and always answered in full.",
        caught_by: &["read-if-modified-since-declared"],
        also: &[],
        seam: Seam::Unconditional(|ask| ask.header(&header::IF_MODIFIED_SINCE).is_some()),
    },
    Fault {
        name: "head-of-record-is-404",
        description: "HEAD of a record says that it does not exist.",
        caught_by: &["read-head"],
        also: &["access-refused-head", "document-head"],
        seam: Seam::Serialise(|ask, reply| {
            if is_read(ask) && ask.is_some_and(|ask| ask.head) {
                reply.status = 404;
            }
        }),
    },
    Fault {
        name: "head-of-search-is-500",
        description: "HEAD of a search ends in an error of the server.",
        caught_by: &["search-head"],
        also: &[],
        seam: Seam::Serialise(|ask, reply| {
            if is_search(ask) && ask.is_some_and(|ask| ask.head) {
                reply.status = 500;
            }
        }),
    },
    Fault {
        name: "vread-any-version",
        description: "A read of a version brings the current one, whatever version was asked for.",
        caught_by: &["read-one-version"],
        also: &[],
        seam: Seam::Route(|path| {
            if let Some((current, _)) = path.split_once("/_history/") {
                *path = current.to_owned();
            }
        }),
    },
    Fault {
        name: "errors-show-trace",
        description: "The explanation of an error has a trace of the program.",
        caught_by: &["every-error-discreet"],
        also: &[],
        seam: Seam::Serialise(|_, reply| {
            if let Content::Resource(outcome) = &mut reply.body
                && let Some(Value::String(text)) = outcome.pointer_mut("/issue/0/diagnostics")
            {
                text.push_str(" at org.example.rest.Handler.handle(Handler.java:42)");
            }
        }),
    },
];

fn wants_xml(ask: Option<&Ask>) -> bool {
    ask.is_some_and(|ask| format(&ask.parameters, &ask.headers) == Ok(Format::Xml))
}

fn has(ask: Option<&Ask>, name: &header::HeaderName) -> bool {
    ask.is_some_and(|ask| ask.header(name).is_some())
}
