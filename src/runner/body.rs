//! What a case says of a request's body → the text that is sent.

use serde_json::{Map, Value, json};

use super::fill::{Missing, text};
use crate::check::Scope;
use crate::suite::{BodyChange, PublishRequest, SendRequest};
use crate::xml::Xml;

/// What a publisher leaves to the server (FHIR R4 http, create; IHE MHD, Simplified Publish), and what
/// belongs to the document that is copied alone.
const LEFT_OUT: [&str; 6] = ["id", "meta", "text", "identifier", "relatesTo", "docStatus"];

/// The body in the format of its media type; `None` where the case has none.
pub(super) fn sent(
    send: &SendRequest,
    media_type: &str,
    scope: &Scope,
) -> Result<Option<String>, Missing> {
    if let Some(template) = &send.text {
        return text(template, scope).map(Some);
    }
    let Some(body) = &send.body else {
        return Ok(None);
    };
    let body = body.filled(&|template| text(template, scope))?;
    written(&body, media_type).map(Some)
}

/// A Simplified Publish of a document that is like another.
pub(super) fn published(
    publish: &PublishRequest,
    media_type: &str,
    scope: &Scope,
) -> Result<String, Missing> {
    let like = &publish.like.value;
    let known = scope.resource(like);
    let known = known.ok_or_else(|| Missing::data(format!("`{like}` holds no resource")))?;
    let mut body = Value::clone(known);
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    }
    put(&mut body, "/status", json!("current"));
    put(
        &mut body,
        "/masterIdentifier/system",
        json!("urn:ietf:rfc:3986"),
    );
    let identifier = text(&publish.identifier, scope)?;
    put(&mut body, "/masterIdentifier/value", json!(identifier));
    for of_server in ["url", "size", "hash"] {
        remove(&mut body, &format!("/content/0/attachment/{of_server}"));
    }
    let data = text(&publish.data, scope)?;
    put(&mut body, "/content/0/attachment/data", json!(data));
    for change in &publish.change {
        make(change, &mut body, scope)?;
    }
    written(&body, media_type)
}

fn written(body: &Value, media_type: &str) -> Result<String, Missing> {
    if !media_type.contains("xml") {
        return Ok(body.to_string());
    }
    Xml::embedded().write(body).map_err(|problem| {
        Missing::data(format!(
            "what would be sent cannot be written as XML: {problem}"
        ))
    })
}

fn make(change: &BodyChange, body: &mut Value, scope: &Scope) -> Result<(), Missing> {
    let json = match &change.json {
        Some(template) => text(template, scope)?,
        None => String::new(),
    };
    let content = match &change.to {
        Some(to) => Some(to.filled(&|template| text(template, scope))?),
        None if json.is_empty() => None,
        None => Some(serde_json::from_str(&json).map_err(|problem| {
            Missing::blocked(format!("a change of the body is no JSON: {problem}"))
        })?),
    };
    for pointer in text(&change.at, scope)?.split_ascii_whitespace() {
        match &content {
            Some(content) => put(body, pointer, content.clone()),
            None => remove(body, pointer),
        }
    }
    Ok(())
}

/// Sets what a JSON Pointer names, and makes the objects around it that are missing; `-` adds to a list.
fn put(body: &mut Value, pointer: &str, content: Value) {
    let mut place = body;
    for part in parts(pointer) {
        if let Value::Array(items) = place {
            let last = items.len();
            let index = part.parse().map_or(last, |index: usize| index.min(last));
            if index == last {
                items.push(Value::Null);
            }
            place = &mut items[index];
            continue;
        }
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[part];
    }
    *place = content;
}

fn remove(body: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return;
    };
    match body.pointer_mut(parent) {
        Some(Value::Object(members)) => drop(members.remove(&unescaped(name))),
        Some(Value::Array(items)) => {
            if let Ok(index) = name.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn parts(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(unescaped)
}

/// A part of a JSON Pointer without its escapes (RFC 6901, section 4).
fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_made_filled_and_left_out() {
        let mut body = json!({ "a": { "b": 1 }, "list": [1, 2] });
        put(&mut body, "/a/c/d", json!("x"));
        put(&mut body, "/list/-", json!(3));
        put(&mut body, "/list/0", json!(0));
        put(&mut body, "/with~1slash", json!(true));
        remove(&mut body, "/a/b");
        remove(&mut body, "/list/1");
        remove(&mut body, "/not/there");
        remove(&mut body, "");
        assert_eq!(
            body,
            json!({ "a": { "c": { "d": "x" } }, "list": [0, 3], "with/slash": true })
        );
    }
}
