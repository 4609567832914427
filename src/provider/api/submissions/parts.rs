//! A document that is handed in, taken apart into reference and content.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::submission::{Submission, sha_1};
use crate::provider::model::Slip;
use crate::provider::seams::FaultSet;
use crate::xml::Xml;

impl Submission<'_> {
    /// The reference with an address, and the content that is found there.
    pub(super) fn parts(&self, faults: &FaultSet, id: &str) -> (Value, Option<Value>) {
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
        if faults.slips(Slip::LosesRelation)
            && let Some(members) = reference.as_object_mut()
        {
            members.remove("relatesTo");
        }
        if faults.slips(Slip::LeavesData) {
            return (reference, None);
        }
        let (kind, mut content, bytes) = self.content(faults);
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
    fn content(&self, faults: &FaultSet) -> (&'static str, Value, Option<Vec<u8>>) {
        let mut data = self.data.clone().unwrap_or_default();
        let bundle = self
            .document()
            .filter(|bundle| bundle["resourceType"] == "Bundle");
        let alters = faults.slips(Slip::AltersContent);
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
