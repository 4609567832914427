//! Faults of the references to documents.

use serde_json::{Map, Value, json};

use crate::provider::seams::{Fault, Seam};

/// Of the sample patients.
const IDENTIFIERS: &str = "T123456785.291116912345678.BNCLSN02B29D548X.999990019.395012784";

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

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
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
        "The address of a document holds identifiers of the patient.",
        &["docref-address-silent"],
        |resource| {
            of_attachment(resource, |attachment| {
                let url = attachment["url"].as_str().unwrap_or_default();
                attachment["url"] = json!(format!("{url}?for={IDENTIFIERS}"));
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
];

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
