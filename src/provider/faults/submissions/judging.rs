//! Faults of how documents that are handed in are judged and kept.

use axum::http::header;
use serde_json::json;

use crate::provider::model::{Ask, Content, Flaw, Interaction, Reply, Slip};
use crate::provider::seams::{Fault, Seam};

/// A flaw of a document that is handed in is not seen.
const fn tolerates(
    name: &'static str,
    description: &'static str,
    caught_by: &'static [&'static str],
    flaw: Flaw,
) -> Fault {
    Fault {
        name,
        description,
        caught_by,
        also: &[],
        seam: Seam::Tolerate(flaw),
    }
}

/// A document is handed in, and something goes wrong with it.
const fn slips(
    name: &'static str,
    description: &'static str,
    caught_by: &'static [&'static str],
    slip: Slip,
) -> Fault {
    Fault {
        name,
        description,
        caught_by,
        also: &["group:submission"],
        seam: Seam::Slip(slip),
    }
}

/// What is answered when a document was taken.
const fn answered(
    name: &'static str,
    description: &'static str,
    act: fn(Option<&Ask>, &mut Reply),
) -> Fault {
    Fault {
        name,
        description,
        caught_by: &["submission-accepted"],
        also: &["group:submission"],
        seam: Seam::Serialise(act),
    }
}

pub(in crate::provider::faults) static FAULTS: &[Fault] = &[
    tolerates(
        "submission-without-subject-taken",
        "A document of nobody is taken in.",
        &["submission-defect"],
        Flaw::SubjectMissing,
    ),
    tolerates(
        "submission-of-stranger-taken",
        "A document of an unknown patient is taken in.",
        &["submission-minor"],
        Flaw::SubjectUnknown,
    ),
    tolerates(
        "submission-without-data-taken",
        "A document reference without a document is taken in.",
        &["submission-defect"],
        Flaw::DataMissing,
    ),
    tolerates(
        "submission-of-no-base64-taken",
        "Data that cannot be decoded is taken in.",
        &["submission-defect"],
        Flaw::DataUnreadable,
    ),
    tolerates(
        "submission-without-content-type-taken",
        "A document of no media type is taken in.",
        &["submission-defect"],
        Flaw::ContentTypeMissing,
    ),
    tolerates(
        "submission-of-no-document-taken",
        "A Bundle that is no document is taken in.",
        &["submission-defect"],
        Flaw::NoDocument,
    ),
    tolerates(
        "submission-without-type-taken",
        "A document of no type is taken in.",
        &["submission-minor"],
        Flaw::TypeMissing,
    ),
    tolerates(
        "submission-superseded-taken",
        "A document that is superseded is taken in.",
        &["submission-minor"],
        Flaw::NotCurrent,
    ),
    tolerates(
        "submission-with-two-contents-taken",
        "Two documents in one are taken in.",
        &["submission-minor"],
        Flaw::ContentsSeveral,
    ),
    tolerates(
        "submission-without-identifier-taken",
        "A document without an identifier of its own is taken in.",
        &["submission-minor"],
        Flaw::IdentifierMissing,
    ),
    tolerates(
        "submission-with-doc-status-taken",
        "A document with a docStatus is taken in.",
        &["submission-minor"],
        Flaw::DocStatusGiven,
    ),
    tolerates(
        "submission-with-wrong-hash-taken",
        "A document is taken in whose hash is that of another.",
        &["submission-minor"],
        Flaw::HashWrong,
    ),
    tolerates(
        "submission-with-entry-uuid-taken",
        "The publisher gives an identifier that is the server's to give.",
        &["submission-minor"],
        Flaw::EntryUuidGiven,
    ),
    tolerates(
        "submission-twice-taken",
        "The same document is taken in twice.",
        &["submission-twice"],
        Flaw::IdentifierKnown,
    ),
    slips(
        "submission-forgotten",
        "A document is confirmed, and not kept.",
        &["submission-accepted"],
        Slip::Forgets,
    ),
    slips(
        "submission-data-inline",
        "The data of a document stays in its reference.",
        &["submission-accepted"],
        Slip::LeavesData,
    ),
    slips(
        "submission-altered",
        "A document is kept with another content.",
        &["submission-accepted"],
        Slip::AltersContent,
    ),
    slips(
        "submission-relation-lost",
        "What a document is related to is dropped without a word.",
        &["submission-relation"],
        Slip::LosesRelation,
    ),
    slips(
        "submission-judged-kept",
        "A document that was only to be judged is kept.",
        &["submission-judged"],
        Slip::KeepsJudged,
    ),
    answered(
        "submission-answered-200",
        "A document that was taken in is answered by 200.",
        |ask, reply| {
            if is_taken(ask, reply) {
                reply.status = 200;
            }
        },
    ),
    answered(
        "submission-without-location",
        "It is not said where a document went that was taken in.",
        |ask, reply| {
            if is_taken(ask, reply) {
                reply.headers.retain(|(name, _)| name != header::LOCATION);
            }
        },
    ),
    answered(
        "submission-not-shown",
        "What was made of a document is not shown.",
        |ask, reply| {
            if is_taken(ask, reply) {
                reply.body = Content::Resource(json!({
                    "resourceType": "OperationOutcome",
                    "issue": [{ "severity": "information", "code": "informational" }],
                }));
            }
        },
    ),
    answered(
        "submission-in-xml-refused",
        "A document in XML is refused.",
        |ask, reply| {
            let is_xml = |ask: &Ask| {
                ask.header(&header::CONTENT_TYPE)
                    .is_some_and(|media_type| media_type.contains("xml"))
            };
            if is_taken(ask, reply) && ask.is_some_and(is_xml) {
                reply.status = 415;
            }
        },
    ),
    Fault {
        name: "submission-unreadable-is-500",
        description: "A submission that cannot be read is an error of the server.",
        caught_by: &["submission-unreadable"],
        also: &["group:submission", "group:errors"],
        seam: Seam::Serialise(|ask, reply| {
            if ask.is_none() && matches!(reply.status, 400 | 415) {
                reply.status = 500;
            }
        }),
    },
];

fn is_taken(ask: Option<&Ask>, reply: &Reply) -> bool {
    ask.is_some_and(|ask| ask.interaction == Interaction::Submit) && reply.status == 201
}
