//! A document that is handed in, as far as it can be read.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::provider::store::{Store, patient_of};
use crate::xml;

/// A submission as far as it can be read.
pub(super) struct Submission<'s> {
    pub(super) reference: &'s Value,
    pub(super) attachment: &'s Value,
    pub(super) data: Option<Vec<u8>>,
    store: &'s Store,
}

impl<'s> Submission<'s> {
    pub(super) fn new(reference: &'s Value, store: &'s Store) -> Self {
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
    pub(super) fn patient(&self) -> Option<String> {
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
    pub(super) fn custodian(&self) -> Option<Value> {
        let own = self.reference.get("custodian").cloned();
        own.or_else(|| {
            let patient = self.patient()?;
            let mut others = self.store.all("DocumentReference");
            let of_patient = others.find(|one| patient_of(one) == Some(&patient))?;
            of_patient.get("custodian").cloned()
        })
    }

    pub(super) fn is_known(&self) -> bool {
        let own = &self.reference["masterIdentifier"];
        own["value"].is_string()
            && self.store.all("DocumentReference").any(|one| {
                let known = &one["masterIdentifier"];
                known["system"] == own["system"] && known["value"] == own["value"]
            })
    }

    /// Whether size and hash, where they are given, are those of the data.
    pub(super) fn is_intact(&self) -> bool {
        let Some(data) = &self.data else { return true };
        let size = self.attachment["size"].as_u64();
        let hash = self.attachment["hash"].as_str();
        size.is_none_or(|size| size == data.len() as u64)
            && hash.is_none_or(|hash| hash == sha_1(data))
    }

    pub(super) fn is_fhir(&self) -> bool {
        let media_type = self.attachment["contentType"].as_str();
        media_type.is_some_and(|media_type| media_type.starts_with("application/fhir"))
    }

    /// The FHIR document in the data.
    pub(super) fn document(&self) -> Option<Value> {
        let data = self.data.as_ref()?;
        let text = std::str::from_utf8(data).ok()?;
        match xml::is_xml(text) {
            true => xml::read_value(text).ok(),
            false => serde_json::from_str(text).ok(),
        }
    }
}

/// SHA-1 in base64, as Attachment.hash has it (FHIR R4 datatypes).
pub(super) fn sha_1(data: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data))
}
