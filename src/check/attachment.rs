//! `attachment`: the bytes of the answer are those that an Attachment describes (FHIR R4 datatypes,
//! Attachment: size, and SHA-1 in base64).

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Finding, View};
use crate::suite::{AttachmentRule, Template};

pub(super) fn check(rule: &AttachmentRule, view: &View<'_>) -> Finding {
    let Some(response) = view.answer.and_then(|answer| answer.response()) else {
        return Finding::blocked("there is no answer to judge");
    };
    let filled =
        |template: &Option<Template>| template.as_ref().map(|text| view.scope.render_known(text));
    let (size, hash) = (filled(&rule.size), filled(&rule.hash));
    let found_hash = STANDARD.encode(digest::digest(
        &digest::SHA1_FOR_LEGACY_USE_ONLY,
        &response.body,
    ));
    let mut expected = Vec::new();
    let mut wrong = Vec::new();
    if let Some(size) = size {
        expected.push(format!("{size} bytes"));
        if size != response.body.len().to_string() {
            wrong.push(format!("{} bytes", response.body.len()));
        }
    }
    if let Some(hash) = hash {
        expected.push(format!("SHA-1 {hash}"));
        if hash != found_hash {
            wrong.push(format!("SHA-1 {found_hash}"));
        }
    }
    let expected = expected.join(" and ");
    match wrong.is_empty() {
        true => Finding::pass(&expected, &expected),
        false => Finding::fail(expected, wrong.join(" and "))
            .fix("give size and hash of the document as it is delivered in its media type"),
    }
}
