//! What a document that is handed in has to be (IHE MHD 4.2.3, ITI-105).

use serde_json::Value;

use super::submission::Submission;
use crate::provider::model::{Flaw, Refusal};
use crate::provider::seams::FaultSet;

/// Type of an identifier that only the server gives (IHE MHD, EntryUUID).
const ENTRY_UUID: &str = "entryUUID";

/// A rule: it is kept where the function says so.
struct Rule(Flaw, &'static str, fn(&Submission<'_>) -> bool);

const RULES: [Rule; 17] = [
    Rule(Flaw::OtherType, "the body is no DocumentReference", |one| {
        one.reference["resourceType"] == "DocumentReference"
    }),
    Rule(
        Flaw::SubjectMissing,
        "subject is missing: say whose document it is",
        |one| one.reference.get("subject").is_some(),
    ),
    Rule(
        Flaw::SubjectUnknown,
        "subject is no patient of this server",
        |one| one.reference.get("subject").is_none() || one.patient().is_some(),
    ),
    Rule(
        Flaw::ContentsSeveral,
        "content must be there exactly once",
        |one| {
            one.reference["content"]
                .as_array()
                .is_some_and(|contents| contents.len() == 1)
        },
    ),
    Rule(
        Flaw::ContentTypeMissing,
        "content.attachment.contentType is missing",
        |one| one.attachment["contentType"].is_string(),
    ),
    Rule(
        Flaw::DataMissing,
        "content.attachment.data is missing",
        |one| one.attachment["data"].is_string(),
    ),
    Rule(
        Flaw::DataUnreadable,
        "content.attachment.data is no base64",
        |one| one.attachment.get("data").is_none() || one.data.is_some(),
    ),
    Rule(
        Flaw::AddressGiven,
        "content.attachment.url is given by this server, not by the publisher",
        |one| one.attachment.get("url").is_none(),
    ),
    Rule(
        Flaw::HashWrong,
        "content.attachment.size or hash is not that of the data",
        |one| one.is_intact(),
    ),
    Rule(Flaw::NotCurrent, "status must be current", |one| {
        one.reference["status"] == "current"
    }),
    Rule(
        Flaw::IdentifierMissing,
        "masterIdentifier is missing",
        |one| one.reference["masterIdentifier"]["value"].is_string(),
    ),
    Rule(
        Flaw::IdentifierKnown,
        "masterIdentifier is that of a document that is here already",
        |one| !one.is_known(),
    ),
    Rule(
        Flaw::EntryUuidGiven,
        "an identifier of type entryUUID is given by this server, not by the publisher",
        |one| {
            let identifiers = one.reference["identifier"].as_array().into_iter().flatten();
            let codings = identifiers
                .flat_map(|each| each["type"]["coding"].as_array().into_iter().flatten());
            codings
                .into_iter()
                .all(|coding| coding["code"] != ENTRY_UUID)
        },
    ),
    Rule(Flaw::DocStatusGiven, "docStatus must not be there", |one| {
        one.reference.get("docStatus").is_none()
    }),
    Rule(Flaw::TypeMissing, "type is missing", |one| {
        one.reference.get("type").is_some()
    }),
    Rule(
        Flaw::NoDocument,
        "the data is no FHIR document: a Bundle of type document with identifier, timestamp and a Composition as its first entry",
        |one| {
            !one.is_fhir()
                || one.data.is_none()
                || one.document().is_some_and(|bundle| is_document(&bundle))
        },
    ),
    Rule(
        Flaw::CustodianMissing,
        "custodian is missing, and who keeps the patient's documents is not known",
        |one| one.custodian().is_some(),
    ),
];

/// Refuses what breaks a rule.
pub(super) fn judge(faults: &FaultSet, submission: &Submission<'_>) -> Result<(), Refusal> {
    let broken = RULES
        .iter()
        .filter(|Rule(flaw, _, keeps)| !keeps(submission) && !faults.tolerates(*flaw));
    match broken.into_iter().next() {
        None => Ok(()),
        Some(Rule(Flaw::IdentifierKnown, problem, _)) => Err(Refusal::duplicate(*problem)),
        Some(Rule(_, problem, _)) => Err(Refusal::unprocessable(*problem)),
    }
}

fn is_document(bundle: &Value) -> bool {
    bundle["type"] == "document"
        && bundle.get("identifier").is_some()
        && bundle.get("timestamp").is_some()
        && bundle["entry"][0]["resource"]["resourceType"] == "Composition"
}
