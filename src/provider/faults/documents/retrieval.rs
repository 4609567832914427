//! Faults of what the address of a document leads to, and of what a document holds.

use axum::http::header;
use serde_json::{Map, Value, json};

use crate::provider::faults::authorization::protection::has_narrow_scope;
use crate::provider::model::{Ask, Content, Refusal, Reply};
use crate::provider::seams::{Fault, Seam};

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    retrieved(
        "document-not-found",
        "The address of a document leads nowhere.",
        &[
            "document-retrieved",
            "document-native",
            "document-other-encoding",
        ],
        |_, reply| {
            *reply = Refusal::not_found("nothing here").into();
        },
    ),
    retrieved(
        "head-of-document-is-404",
        "HEAD of a document says that it does not exist.",
        &["document-head"],
        |ask, reply| {
            if ask.head {
                reply.status = 404;
            }
        },
    ),
    retrieved(
        "document-wrapped",
        "A FHIR document comes wrapped in a Binary.",
        &["document-native", "submission-accepted"],
        |_, reply| {
            if matches!(&reply.body, Content::Resource(resource) if resource["type"] == "document")
            {
                *reply = Reply::resource(
                    json!({ "resourceType": "Binary", "contentType": "application/fhir+json", "data": "AAAA" }),
                );
            }
        },
    ),
    retrieved(
        "document-in-any-format",
        "A document comes in its own format, whatever is asked for.",
        &["document-impossible-format"],
        |ask, reply| {
            let accept = ask.header(&header::ACCEPT).unwrap_or_default();
            if accept == "image/png" {
                *reply = Reply::resource(json!({ "resourceType": "Bundle", "type": "document" }));
            }
        },
    ),
    Fault {
        name: "document-unknown-is-empty",
        description: "An unknown document is an empty answer.",
        caught_by: &["document-unknown-address"],
        also: &["group:errors", "every-read"],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_some_and(Ask::is_of_document) && reply.status == 404 {
                *reply = Reply::resource(json!({ "resourceType": "Bundle", "type": "document" }));
            }
        }),
    },
    Fault {
        name: "document-needs-no-token",
        description: "Documents are given to everybody who knows the address.",
        caught_by: &["document-protected"],
        also: &["group:authorization"],
        seam: Seam::Excuse(Ask::is_of_document),
    },
    Fault {
        name: "document-scope-refused",
        description: "A token for documents alone opens none.",
        caught_by: &["document-scope"],
        also: &["group:authorization"],
        seam: Seam::Serialise(|ask, reply| {
            let is_narrow = ask.is_some_and(|ask| ask.is_of_document() && has_narrow_scope(ask));
            if is_narrow {
                *reply = Refusal::not_found("not for you").into();
            }
        }),
    },
    retrieved(
        "document-binary-as-text",
        "A Binary is sent as plain text.",
        &["document-binary", "document-dicom"],
        |_, reply| {
            if matches!(reply.body, Content::Bytes(_)) {
                "text/plain".clone_into(&mut reply.media_type);
            }
        },
    ),
    retrieved(
        "document-binary-raw-alone",
        "A Binary cannot be had as a resource.",
        &["document-binary-resource"],
        |_, reply| {
            if matches!(&reply.body, Content::Resource(resource) if resource["resourceType"] == "Binary")
            {
                *reply = Refusal::not_acceptable("raw alone").into();
            }
        },
    ),
    content(
        "document-without-time",
        "A document has no time.",
        &["document-identified"],
        |document| {
            document.remove("timestamp");
        },
    ),
    content(
        "document-composition-last",
        "The Composition is not the first entry.",
        &["document-composition"],
        |document| {
            entries(document, |entries| entries.reverse());
        },
    ),
    content(
        "document-addresses-missing",
        "Entries have no address.",
        &["document-full-urls"],
        |document| {
            each(document, |entry| drop(entry.remove("fullUrl")));
        },
    ),
    content(
        "document-entries-missing",
        "What the sections list is not in the document.",
        &["document-resolves"],
        |document| {
            entries(document, |entries| entries.truncate(4));
        },
    ),
    content(
        "document-type-differs",
        "The Composition is of another type than the reference says.",
        &["document-type"],
        |document| {
            composition(document, |composition| {
                composition["type"] =
                    json!({ "coding": [{ "system": "http://loinc.org", "code": "34133-9" }] });
            });
        },
    ),
    content(
        "document-like-a-searchset",
        "The entries of a document have a search mode.",
        &["document-plain-entries"],
        |document| {
            each(document, |entry| {
                drop(entry.insert("search".to_owned(), json!({ "mode": "match" })))
            });
        },
    ),
    content(
        "document-without-title",
        "The Composition has no title.",
        &["document-composition-complete"],
        |document| {
            composition(document, |composition| {
                composition
                    .as_object_mut()
                    .map(|members| members.remove("title"));
            });
        },
    ),
    content(
        "document-without-narrative",
        "The sections have no narrative.",
        &["document-narrative"],
        |document| {
            composition(document, |composition| {
                let sections = composition.get_mut("section").and_then(Value::as_array_mut);
                for section in sections.into_iter().flatten() {
                    section
                        .as_object_mut()
                        .map(|members| members.remove("text"));
                }
            });
        },
    ),
    retrieved(
        "document-of-plain-json",
        "A document is sent as JSON of no kind.",
        &["document-format"],
        |_, reply| {
            reply.media_type = "application/json".to_owned();
        },
    ),
    content(
        "document-in-error",
        "The Composition was entered in error.",
        &["document-composition-status"],
        |document| {
            composition(document, |composition| {
                composition["status"] = json!("entered-in-error")
            });
        },
    ),
    content(
        "document-of-somebody-else",
        "The document is about another patient.",
        &["document-subject"],
        |document| {
            composition(document, |composition| {
                composition["subject"] = json!({ "reference": "Patient/nobody" });
            });
            entries(document, |entries| {
                entries.retain(|entry| entry["resource"]["resourceType"] != "Patient")
            });
        },
    ),
    content(
        "document-invalid",
        "The Composition has a status that FHIR does not know.",
        &["document-valid"],
        |document| {
            composition(document, |composition| {
                composition["status"] = json!("ready")
            });
        },
    ),
];

/// The answer to a read of a document is changed.
const fn retrieved(
    name: &'static str,
    description: &'static str,
    caught_by: &'static [&'static str],
    act: fn(&Ask, &mut Reply),
) -> Fault {
    Fault {
        name,
        description,
        caught_by,
        also: &[
            "group:content",
            "group:read",
            "group:errors",
            "group:authorization",
            "group:bundle",
            "group:submission",
            "provenance-document",
        ],
        seam: Seam::Retrieve(act),
    }
}

/// A document Bundle is changed.
const fn content(
    name: &'static str,
    description: &'static str,
    caught_by: &'static [&'static str],
    act: fn(&mut Map<String, Value>),
) -> Fault {
    Fault {
        name,
        description,
        caught_by,
        also: &["group:content", "group:read", "submission-accepted"],
        seam: Seam::Document(act),
    }
}

fn entries(document: &mut Map<String, Value>, act: impl FnOnce(&mut Vec<Value>)) {
    if let Some(entries) = document.get_mut("entry").and_then(Value::as_array_mut) {
        act(entries);
    }
}

fn each(document: &mut Map<String, Value>, act: impl Fn(&mut Map<String, Value>)) {
    entries(document, |entries| {
        entries
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(act);
    });
}

fn composition(document: &mut Map<String, Value>, act: impl FnOnce(&mut Value)) {
    entries(document, |entries| {
        if let Some(first) = entries.first_mut() {
            act(&mut first["resource"]);
        }
    });
}
