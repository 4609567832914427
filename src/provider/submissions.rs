//! Documents that publishers hand in (IHE MHD 4.2.3, ITI-105 Simplified Publish): judged, taken apart
//! into reference and content, and kept as long as the instance runs.

use aws_lc_rs::digest;
use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::documents;
use super::outcome::Refusal;
use super::reply::Reply;
use super::server::Provider;
use super::store::{Store, patient_of};
use crate::xml::{self, Xml};

/// Documents that an instance keeps at most, and the bytes of them all.
const MOST: usize = 200;
const MOST_BYTES: usize = 64 << 20;
/// What ids of documents that were handed in begin with.
const PREFIX: &str = "submitted-";
/// Type of an identifier that only the server gives (IHE MHD, EntryUUID).
const ENTRY_UUID: &str = "entryUUID";

/// What can be wrong with a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    OtherType,
    SubjectMissing,
    SubjectUnknown,
    ContentsSeveral,
    ContentTypeMissing,
    DataMissing,
    DataUnreadable,
    AddressGiven,
    HashWrong,
    NotCurrent,
    IdentifierMissing,
    IdentifierKnown,
    EntryUuidGiven,
    DocStatusGiven,
    TypeMissing,
    NoDocument,
    CustodianMissing,
}

/// Where the instance may go wrong with a submission that is sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    /// It is taken, and not kept.
    Forgets,
    /// The data stays in the reference, which has no address.
    LeavesData,
    /// What the document is related to is dropped.
    LosesRelation,
    /// The document is kept with a change.
    AltersContent,
    /// A submission that is only to be judged is kept.
    KeepsJudged,
}

/// A submission as far as it can be read.
struct Submission<'s> {
    reference: &'s Value,
    attachment: &'s Value,
    data: Option<Vec<u8>>,
    store: &'s Store,
}

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

/// Takes a document in.
pub(super) fn take(provider: &Provider, body: &Value) -> Result<Reply, Refusal> {
    let store = provider.store();
    let submission = Submission::new(body, &store);
    judge(provider, &submission)?;
    let kept = store.all("DocumentReference").filter(|one| {
        let id = one["id"].as_str().unwrap_or_default();
        id.starts_with(PREFIX)
    });
    let kept: Vec<usize> = kept
        .filter_map(|one| one["content"][0]["attachment"]["size"].as_u64())
        .filter_map(|size| usize::try_from(size).ok())
        .collect();
    let size = submission.data.as_ref().map_or(0, Vec::len);
    if kept.len() >= MOST || kept.iter().sum::<usize>() + size > MOST_BYTES {
        return Err(Refusal::too_long(
            "this instance keeps no more documents: delete some, or start it anew",
        ));
    }
    let id = format!("{PREFIX}{}", provider.next_number());
    let (mut reference, content) = submission.parts(provider, &id);
    let location = format!("{}/DocumentReference/{id}/_history/1", provider.base);
    if !provider.faults.slips(Slip::Forgets) {
        let new = std::iter::once(reference.clone()).chain(content);
        provider.change(|store| {
            for resource in new {
                // It has a type and an id.
                let _ = store.put(resource);
            }
        });
    }
    documents::with_address(&provider.base, &mut reference);
    let reply = Reply {
        status: 201,
        ..Reply::resource(reference)
    };
    Ok(reply
        .with_header(header::LOCATION, location)
        .with_header(header::ETAG, "W/\"1\""))
}

/// Judges a document without taking it in (`DocumentReference/$validate`).
pub(super) fn validate(provider: &Provider, body: &Value) -> Result<Reply, Refusal> {
    let store = provider.store();
    // The operation takes the resource itself, or Parameters with it.
    let wrapped = body["parameter"].as_array().into_iter().flatten();
    let resource = wrapped
        .filter(|parameter| parameter["name"] == "resource")
        .map(|parameter| &parameter["resource"])
        .next()
        .unwrap_or(body);
    let verdict = judge(provider, &Submission::new(resource, &store));
    if verdict.is_ok() && provider.faults.slips(Slip::KeepsJudged) {
        take(provider, resource)?;
    }
    Ok(Reply::resource(match verdict {
        Err(refusal) => refusal.outcome(),
        Ok(()) => json!({
            "resourceType": "OperationOutcome",
            "issue": [{ "severity": "information", "code": "informational", "diagnostics": "this would be taken" }],
        }),
    }))
}

/// Deletes a document that was handed in; those of the sample data stay.
pub(super) fn withdraw(provider: &Provider, id: &str) -> Result<Reply, Refusal> {
    let store = provider.store();
    if store.get("DocumentReference", id).is_none() {
        return Err(Refusal::not_found(format!(
            "DocumentReference/{id} is not known"
        )));
    }
    if !id.starts_with(PREFIX) {
        return Err(Refusal::method(
            "GET, HEAD",
            "only what was handed in can be deleted",
        ));
    }
    provider.change(|store| {
        for kind in ["DocumentReference", "Bundle", "Binary"] {
            store.remove(kind, id);
        }
    });
    Ok(Reply::no_content())
}

fn judge(provider: &Provider, submission: &Submission<'_>) -> Result<(), Refusal> {
    let broken = RULES
        .iter()
        .filter(|Rule(flaw, _, keeps)| !keeps(submission) && !provider.faults.tolerates(*flaw));
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

impl<'s> Submission<'s> {
    fn new(reference: &'s Value, store: &'s Store) -> Self {
        let attachment = &reference["content"][0]["attachment"];
        let data = attachment["data"].as_str();
        Self {
            reference,
            attachment,
            data: data.and_then(|data| STANDARD.decode(data).ok()),
            store,
        }
    }

    /// Reference to the patient: the literal one, or that of the only patient with the identifier.
    fn patient(&self) -> Option<String> {
        if let Some(reference) = patient_of(self.reference) {
            let (_, id) = reference.split_once('/')?;
            return self.store.get("Patient", id).map(|_| reference.to_owned());
        }
        let wanted = &self.reference["subject"]["identifier"];
        let has_it = |patient: &&Value| {
            let mut identifiers = patient["identifier"].as_array().into_iter().flatten();
            wanted["value"].is_string()
                && identifiers
                    .any(|one| one["system"] == wanted["system"] && one["value"] == wanted["value"])
        };
        let mut found = self.store.all("Patient").filter(has_it);
        let id = found.next()?["id"].as_str()?;
        found.next().is_none().then(|| format!("Patient/{id}"))
    }

    /// Who is answerable: as submitted, else as with the patient's other documents.
    fn custodian(&self) -> Option<Value> {
        let own = self.reference.get("custodian").cloned();
        own.or_else(|| {
            let patient = self.patient()?;
            let mut others = self.store.all("DocumentReference");
            let of_patient = others.find(|one| patient_of(one) == Some(&patient))?;
            of_patient.get("custodian").cloned()
        })
    }

    fn is_known(&self) -> bool {
        let own = &self.reference["masterIdentifier"];
        own["value"].is_string()
            && self.store.all("DocumentReference").any(|one| {
                let known = &one["masterIdentifier"];
                known["system"] == own["system"] && known["value"] == own["value"]
            })
    }

    /// Whether size and hash, where they are given, are those of the data.
    fn is_intact(&self) -> bool {
        let Some(data) = &self.data else { return true };
        let size = self.attachment["size"].as_u64();
        let hash = self.attachment["hash"].as_str();
        size.is_none_or(|size| size == data.len() as u64)
            && hash.is_none_or(|hash| hash == sha_1(data))
    }

    fn is_fhir(&self) -> bool {
        let media_type = self.attachment["contentType"].as_str();
        media_type.is_some_and(|media_type| media_type.starts_with("application/fhir"))
    }

    /// The FHIR document in the data.
    fn document(&self) -> Option<Value> {
        let data = self.data.as_ref()?;
        let text = std::str::from_utf8(data).ok()?;
        match xml::is_xml(text) {
            true => xml::read_value(text).ok(),
            false => serde_json::from_str(text).ok(),
        }
    }

    /// The reference with an address, and the content that is found there.
    fn parts(&self, provider: &Provider, id: &str) -> (Value, Option<Value>) {
        let now = Timestamp::now().to_string();
        let meta = json!({ "versionId": "1", "lastUpdated": now });
        let mut reference = self.reference.clone();
        reference["id"] = json!(id);
        reference["meta"] = json!({
            "versionId": "1",
            "lastUpdated": now,
            "profile": self.reference["meta"].get("profile"),
        });
        if let Some(meta) = reference["meta"].as_object_mut() {
            meta.retain(|_, value| !value.is_null());
        }
        if let Some(patient) = self.patient() {
            reference["subject"] = json!({ "reference": patient });
        }
        if let Some(custodian) = self.custodian() {
            reference["custodian"] = custodian;
        }
        if reference.get("date").is_none() {
            reference["date"] = json!(now);
        }
        if provider.faults.slips(Slip::LosesRelation)
            && let Some(members) = reference.as_object_mut()
        {
            members.remove("relatesTo");
        }
        if provider.faults.slips(Slip::LeavesData) {
            return (reference, None);
        }
        let (kind, mut content, bytes) = self.content(provider);
        content["id"] = json!(id);
        content["meta"] = meta;
        if let Some(attachment) = reference.pointer_mut("/content/0/attachment")
            && let Some(attachment) = attachment.as_object_mut()
        {
            attachment.remove("data");
            attachment.insert("url".to_owned(), json!(format!("{kind}/{id}")));
            let bytes = bytes.unwrap_or_else(|| self.written(&content));
            attachment.insert("size".to_owned(), json!(bytes.len()));
            attachment.insert("hash".to_owned(), json!(sha_1(&bytes)));
        }
        (reference, Some(content))
    }

    /// A FHIR document as its Bundle; anything else as a Binary, with its bytes.
    fn content(&self, provider: &Provider) -> (&'static str, Value, Option<Vec<u8>>) {
        let mut data = self.data.clone().unwrap_or_default();
        let bundle = self
            .document()
            .filter(|bundle| bundle["resourceType"] == "Bundle");
        let alters = provider.faults.slips(Slip::AltersContent);
        if let Some(mut bundle) = bundle
            && self.is_fhir()
        {
            if alters {
                bundle["timestamp"] = json!("2001-01-01T00:00:00Z");
            }
            return ("Bundle", bundle, None);
        }
        if alters {
            data.push(b'\n');
        }
        let binary = json!({
            "resourceType": "Binary",
            "contentType": self.attachment["contentType"].as_str().unwrap_or("text/plain"),
            "data": STANDARD.encode(&data),
        });
        ("Binary", binary, Some(data))
    }

    /// A Bundle as it is delivered in the media type of the reference.
    fn written(&self, bundle: &Value) -> Vec<u8> {
        let media_type = self.attachment["contentType"].as_str().unwrap_or_default();
        let xml = media_type
            .contains("xml")
            .then(|| Xml::embedded().write(bundle).ok())
            .flatten();
        xml.unwrap_or_else(|| bundle.to_string()).into_bytes()
    }
}

/// SHA-1 in base64, as Attachment.hash has it (FHIR R4 datatypes).
fn sha_1(data: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data))
}
