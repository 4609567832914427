//! Content negotiation (FHIR R4 http, content types and encodings): JSON or XML.

use axum::http::{HeaderMap, header};

use crate::provider::model::{Content, FHIR_JSON, Refusal, Reply};
use crate::xml::Xml;

/// FHIR's media type for XML.
pub(in crate::provider) const FHIR_XML: &str = "application/fhir+xml; charset=utf-8";

/// What stands for JSON in `_format` and `Accept`, and for no format in particular.
const JSON: [&str; 6] = [
    "json",
    "application/fhir+json",
    "application/json",
    "text/json",
    "application/*",
    "*/*",
];
/// What stands for XML.
const XML: [&str; 4] = ["xml", "application/fhir+xml", "application/xml", "text/xml"];

/// How a resource is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) enum Format {
    Json,
    Xml,
}

/// The format that a request asks for: by the parameter `_format`, else by `Accept`. Of those that are
/// equally welcome the first counts.
pub(in crate::provider) fn format(
    parameters: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Format, Refusal> {
    let asked = parameters.iter().rev().find(|(name, _)| name == "_format");
    let found = match asked {
        // A plus sign that was not encoded arrives as a space.
        Some((_, format)) => range(&format.replace("fhir ", "fhir+")).map(|(format, _)| format),
        None => accepted(headers),
    };
    found.ok_or_else(|| {
        Refusal::not_acceptable(
            "FHIR R4 can be had here as application/fhir+json or application/fhir+xml",
        )
    })
}

fn accepted(headers: &HeaderMap) -> Option<Format> {
    let values: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    if values.is_empty() {
        return Some(Format::Json);
    }
    let ranges = values.iter().flat_map(|value| value.split(','));
    let mut best: Option<(Format, f32)> = None;
    for (format, weight) in ranges.filter_map(range) {
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((format, weight));
        }
    }
    best.map(|(format, _)| format)
}

/// The format of a media range and its weight; none where it is no format of this server, or ruled out
/// by a weight of zero or another FHIR version.
fn range(range: &str) -> Option<(Format, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let format = match media_type.as_str() {
        name if JSON.contains(&name) => Format::Json,
        name if XML.contains(&name) => Format::Xml,
        _ => return None,
    };
    let mut weight = 1.0;
    for part in parts {
        match part.split_once('=') {
            Some(("q", value)) => weight = value.parse().ok()?,
            Some(("fhirVersion", version)) if !version.trim_matches('"').starts_with("4.0") => {
                return None;
            }
            _ => {}
        }
    }
    (weight > 0.0).then_some((format, weight))
}

/// Writes a resource as XML where that is wanted. What is no resource, such as the SMART
/// configuration, stays as it is.
pub(in crate::provider) fn write(reply: &mut Reply, format: Format) {
    let Content::Resource(resource) = &reply.body else {
        return;
    };
    if format == Format::Json || reply.media_type != FHIR_JSON {
        return;
    }
    match Xml::embedded().write(resource) {
        Ok(text) => {
            reply.body = Content::Text(text);
            FHIR_XML.clone_into(&mut reply.media_type);
        }
        Err(error) => *reply = Refusal::unwritable(error.to_string()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_ranges() {
        let (json, xml) = (Some(Format::Json), Some(Format::Xml));
        let table = [
            ("application/fhir+json", json),
            ("application/fhir+json; fhirVersion=4.0", json),
            ("application/fhir+json;fhirVersion=5.0", None),
            ("*/*;q=0.1", json),
            ("*/*;q=0", None),
            ("application/*", json),
            ("Application/JSON", json),
            ("application/fhir+xml", xml),
            ("text/xml", xml),
            ("application/xml;q=0.9", xml),
            ("text/html,application/xml;q=0.9,*/*;q=0.8", xml),
            ("application/fhir+xml;q=0.5, application/fhir+json", json),
            ("application/fhir+xml, application/fhir+json", xml),
            ("text/html", None),
            ("", None),
        ];
        for (accept, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().expect("a header"));
            assert_eq!(format(&[], &headers).ok(), expected, "{accept}");
        }
        assert_eq!(format(&[], &HeaderMap::new()).ok(), json);
    }

    #[test]
    fn the_parameter_wins() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT,
            "application/fhir+json".parse().expect("a header"),
        );
        let table = [
            ("xml", Some(Format::Xml)),
            ("text/xml", Some(Format::Xml)),
            ("application/xml", Some(Format::Xml)),
            ("application/fhir xml", Some(Format::Xml)),
            ("application/fhir+xml", Some(Format::Xml)),
            ("json", Some(Format::Json)),
            ("html", None),
        ];
        for (value, expected) in table {
            let parameters = [("_format".to_owned(), value.to_owned())];
            assert_eq!(format(&parameters, &headers).ok(), expected, "{value}");
        }
    }
}
