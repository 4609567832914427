//! Attachments: the stated size and hash fit the data (R4 datatypes, Attachment).

use aws_lc_rs::digest;
use base64::Engine as _;
use serde_json::Value;

use crate::fhir::IssueCode;
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// Compares `size` and `hash` (SHA-1) with the bytes in `data`.
pub struct AttachmentRule;

impl Rule for AttachmentRule {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        let stated = |name: &str| here.value.and_then(|value| value.get(name));
        if stated("size").or(stated("hash")).is_none() {
            return;
        }
        let Some(bytes) = here.text("data").and_then(decode) else {
            return;
        };
        let size = stated("size").and_then(Value::as_u64);
        if let Some(size) = size.filter(|size| bytes.len() as u64 != *size) {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "attachment-size",
                    format!(
                        "the attachment states {size} bytes and holds {}",
                        bytes.len()
                    ),
                )
                .fix("state the number of bytes before base64 encoding, or leave `size` out"),
                here.place,
            );
        }
        let Some(hash) = here.text("hash").and_then(decode) else {
            return;
        };
        let own = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &bytes);
        if own.as_ref() != hash {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "attachment-hash",
                    "the attachment's hash is not the SHA-1 of its data",
                )
                .fix("state the SHA-1 of the data before base64 encoding, or leave `hash` out"),
                here.place,
            );
        }
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.split_ascii_whitespace().collect();
    let engine = base64::engine::general_purpose::STANDARD;
    engine.decode(compact).ok()
}
