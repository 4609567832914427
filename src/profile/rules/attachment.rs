//! Attachments: the stated size and hash fit the data (R4 datatypes, Attachment).

use base64::Engine as _;
use serde_json::Value;

use super::Rule;
use crate::fhir::IssueCode;
use crate::profile::context::{Finding, Here, Scope, Sink};

/// Compares `size` with the number of bytes in `data`.
pub struct AttachmentRule;

impl Rule for AttachmentRule {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        let Some(value) = here.value else { return };
        let (Some(data), Some(size)) = (
            value.get("data").and_then(Value::as_str),
            value.get("size").and_then(Value::as_u64),
        ) else {
            return;
        };
        let compact: String = data.split_ascii_whitespace().collect();
        let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(compact) else {
            return;
        };
        if bytes.len() as u64 != size {
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
    }
}
