//! Documents (IHE MHD, ITI-68): where they are, and Binary as what it holds.

use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::provider::model::{Ask, Content, Refusal, Reply};
use crate::provider::wire::negotiate;

/// Makes the addresses of a DocumentReference's documents absolute: the sample data knows no base.
pub(in crate::provider) fn with_address(base: &str, resource: &mut Value) {
    if resource["resourceType"] != "DocumentReference" {
        return;
    }
    let contents = resource.get_mut("content").and_then(Value::as_array_mut);
    for content in contents.into_iter().flatten() {
        let url = content.pointer_mut("/attachment/url");
        if let Some(url) = url
            && let Some(path) = url.as_str()
        {
            *url = format!("{base}/{path}").into();
        }
    }
}

/// A Binary as the bytes that it holds, or as a resource where FHIR is asked for (FHIR R4 binary).
pub(in crate::provider) fn binary(ask: &Ask, mut reply: Reply) -> Result<Reply, Refusal> {
    let Content::Resource(resource) = &reply.body else {
        return Ok(reply);
    };
    let media_type = resource["contentType"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let accept = ask.header(&header::ACCEPT).unwrap_or_default();
    let is_welcome = accept.is_empty()
        || accept
            .split(',')
            .map(|range| range.split(';').next().unwrap_or_default().trim())
            .any(|range| range == media_type || range == "*/*");
    if !is_welcome {
        // FHIR, where that is asked for; else it cannot be given.
        negotiate::format(&ask.parameters, &ask.headers)?;
        return Ok(reply);
    }
    let data = resource["data"].as_str().unwrap_or_default();
    let bytes = STANDARD.decode(data).unwrap_or_default();
    reply.media_type = media_type;
    reply.body = Content::Bytes(bytes);
    Ok(reply)
}
