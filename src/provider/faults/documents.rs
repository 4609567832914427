//! Faults of documents: their references, where they are, and what they hold.

use axum::http::header;
use serde_json::{Map, Value, json};

use super::{Fault, Seam};
use crate::provider::ask::{Ask, Interaction};
use crate::provider::outcome::Refusal;
use crate::provider::reply::{Content, Reply};

const ALSO: &[&str] = &[
    "docref-profile",
    "documents-of-one-patient",
    "every-search-by-patient",
    "group:content",
    "group:read",
    "group:search",
    "group:submission",
    "provenance-document",
];

/// A DocumentReference is shown with a change.
const fn shown(
    name: &'static str,
    description: &'static str,
    caught_by: &'static [&'static str],
    act: fn(&mut Value),
) -> Fault {
    Fault {
        name,
        description,
        caught_by,
        also: ALSO,
        seam: Seam::Show(act),
    }
}

pub(super) static FAULTS: &[Fault] = &[
    shown(
        "document-without-subject",
        "A document reference does not say whose document it is.",
        &["docref-subject"],
        |resource| of_reference(resource, |members| drop(members.remove("subject"))),
    ),
    shown(
        "document-without-date",
        "A document reference has no date.",
        &["docref-date"],
        |resource| of_reference(resource, |members| drop(members.remove("date"))),
    ),
    shown(
        "document-without-custodian",
        "Nobody is answerable for a document.",
        &["docref-custodian", "docref-profile"],
        |resource| of_reference(resource, |members| drop(members.remove("custodian"))),
    ),
    shown(
        "document-without-identifier",
        "A document has no identifier of its own.",
        &["docref-master-identifier"],
        |resource| of_reference(resource, |members| drop(members.remove("masterIdentifier"))),
    ),
    shown(
        "document-with-two-contents",
        "A document reference has its content twice.",
        &["docref-one-content"],
        |resource| {
            of_reference(resource, |members| {
                if let Some(contents) = members.get_mut("content").and_then(Value::as_array_mut) {
                    contents.extend_from_within(..);
                }
            });
        },
    ),
    shown(
        "document-inline",
        "A document reference holds data of the document.",
        &["docref-attachment"],
        |resource| of_attachment(resource, |attachment| attachment["data"] = json!("AAAA")),
    ),
    shown(
        "document-address-relative",
        "The address of a document is relative.",
        &["docref-address"],
        |resource| {
            of_attachment(resource, |attachment| {
                let url = attachment["url"].as_str().unwrap_or_default();
                let path = url.split_once("/fhir/").map(|(_, path)| path.to_owned());
                attachment["url"] = json!(path);
            });
        },
    ),
    shown(
        "document-entered-in-error",
        "Superseded documents are shown as entered in error.",
        &["docref-status"],
        |resource| {
            of_reference(resource, |members| {
                if members.get("status") == Some(&json!("superseded")) {
                    members.insert("status".to_owned(), json!("entered-in-error"));
                }
            });
        },
    ),
    shown(
        "document-preliminary",
        "A document reference has a docStatus.",
        &["docref-no-modifiers"],
        |resource| {
            of_reference(resource, |members| {
                members.insert("docStatus".to_owned(), json!("preliminary"));
            })
        },
    ),
    shown(
        "manifest-of-other-kind",
        "An imaging manifest is said to be a text.",
        &["docref-manifest-kinds"],
        |resource| {
            of_attachment(resource, |attachment| {
                if attachment["contentType"] == "application/dicom" {
                    attachment["contentType"] = json!("text/plain");
                }
            });
        },
    )
    .may_also_break(&[
        "document-binary",
        "group:content",
        "group:read",
        "group:search",
        "group:errors",
    ]),
    shown(
        "manifest-of-another-document",
        "The other form of an imaging manifest is a document of another type.",
        &["docref-dual-manifest"],
        |resource| {
            of_reference(resource, |members| {
                if let Some(relations) = members.get_mut("relatesTo")
                    && relations[0]["code"] == "transforms"
                {
                    let target = relations[0]["target"]["reference"].as_str();
                    let other = target
                        .unwrap_or_default()
                        .replace("document-4", "document-2");
                    relations[0]["target"] = json!({ "reference": other });
                }
            });
        },
    ),
    shown(
        "document-type-other",
        "The type of a document is none of the guide.",
        &["docref-type", "docref-found-by-type"],
        |resource| {
            of_reference(resource, |members| {
                let other =
                    json!({ "coding": [{ "system": "http://loinc.org", "code": "34133-9" }] });
                members.insert("type".to_owned(), other);
            })
        },
    ),
    shown(
        "document-without-category",
        "A document has no category.",
        &["docref-category"],
        |resource| of_reference(resource, |members| drop(members.remove("category"))),
    ),
    shown(
        "document-media-type-general",
        "The media type of a FHIR document is that of any JSON.",
        &["docref-media-type"],
        |resource| {
            of_attachment(resource, |attachment| {
                if attachment["contentType"] == "application/fhir+json" {
                    attachment["contentType"] = json!("application/json");
                }
            });
        },
    ),
    shown(
        "document-rendition-listed",
        "The printed form of a document is a document of its own.",
        &["docref-no-rendition"],
        |resource| {
            of_reference(resource, |members| {
                let target = json!({ "reference": "DocumentReference/de-document-1" });
                members.insert(
                    "relatesTo".to_owned(),
                    json!([{ "code": "transforms", "target": target }]),
                );
            })
        },
    ),
    shown(
        "document-address-tells",
        "The address of a document holds its identifier.",
        &["docref-address-silent"],
        |resource| {
            let identifier = resource["masterIdentifier"]["value"].clone();
            of_attachment(resource, |attachment| {
                let url = attachment["url"].as_str().unwrap_or_default();
                let identifier = identifier.as_str().unwrap_or_default();
                attachment["url"] = json!(format!("{url}?{identifier}"));
            });
        },
    ),
    shown(
        "document-replaced-current",
        "A document that was replaced is still current.",
        &["docref-replaced", "documents-by-status"],
        |resource| {
            of_reference(resource, |members| {
                members.insert("status".to_owned(), json!("current"));
            })
        },
    ),
    shown(
        "document-size-wrong",
        "The size of a document is not that of its bytes.",
        &["document-intact"],
        |resource| of_attachment(resource, |attachment| attachment["size"] = json!(7)),
    ),
    shown(
        "delayed-document-has-other-hash",
        "A document that is put together later has the hash of something.",
        &["docref-delayed"],
        |resource| {
            of_attachment(resource, |attachment| {
                if attachment["size"] == 0 {
                    attachment["hash"] = json!("ZGEzOWEzZWU1ZTZiNGIwZDMyNTU=");
                }
            });
        },
    ),
    shown(
        "document-hash-hexadecimal",
        "The hash of a document is not the SHA-1 of its bytes in base64.",
        &["document-intact", "document-stable"],
        |resource| {
            of_attachment(resource, |attachment| {
                attachment["hash"] = json!("ZGEzOWEzZWU1ZTZiNGIwZDMyNTU=");
            })
        },
    ),
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
            if ask.is_some_and(is_document) && reply.status == 404 {
                *reply = Reply::resource(json!({ "resourceType": "Bundle", "type": "document" }));
            }
        }),
    },
    Fault {
        name: "document-needs-no-token",
        description: "Documents are given to everybody who knows the address.",
        caught_by: &["document-protected"],
        also: &["group:authorization"],
        seam: Seam::Excuse(is_document),
    },
    Fault {
        name: "document-scope-refused",
        description: "A token for documents alone opens none.",
        caught_by: &["document-scope"],
        also: &["group:authorization"],
        seam: Seam::Serialise(|ask, reply| {
            let is_narrow =
                ask.is_some_and(|ask| is_document(ask) && super::protection::has_narrow_scope(ask));
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

pub(super) fn is_document(ask: &Ask) -> bool {
    matches!(&ask.interaction, Interaction::Read { resource_type, .. }
        if resource_type == "Bundle" || resource_type == "Binary")
}

fn of_reference(resource: &mut Value, act: impl FnOnce(&mut Map<String, Value>)) {
    if resource["resourceType"] == "DocumentReference"
        && let Some(members) = resource.as_object_mut()
    {
        act(members);
    }
}

fn of_attachment(resource: &mut Value, act: impl FnOnce(&mut Value)) {
    of_reference(resource, |members| {
        let content = members
            .get_mut("content")
            .and_then(|content| content.get_mut(0));
        if let Some(content) = content {
            act(&mut content["attachment"]);
        }
    });
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
