//! Content negotiation (FHIR R4 http, content types and encodings): JSON is all there is.

use axum::http::header;

use super::ask::Ask;
use super::outcome::Refusal;

/// What stands for JSON in `_format` and `Accept`.
const JSON: [&str; 5] = [
    "json",
    "application/fhir+json",
    "application/json",
    "text/json",
    "*/*",
];

/// Refuses a request that accepts no JSON. `_format` overrides `Accept`.
pub(super) fn check(ask: &Ask) -> Result<(), Refusal> {
    let accepted = match ask.parameter("_format") {
        // A plus sign that was not encoded arrives as a space.
        Some(format) => is_json(&format.replace("fhir json", "fhir+json")),
        None => ask
            .header(&header::ACCEPT)
            .is_none_or(|accept| accept.split(',').any(is_json)),
    };
    if accepted {
        Ok(())
    } else {
        Err(Refusal::not_acceptable(
            "only FHIR R4 as application/fhir+json can be had here",
        ))
    }
}

fn is_json(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let wanted = media_type == "application/*" || JSON.contains(&media_type.as_str());
    wanted && parts.all(parameter_allows)
}

/// A weight of zero and another FHIR version rule a media range out.
fn parameter_allows(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some(("q", weight)) => weight.parse().is_ok_and(|weight: f32| weight > 0.0),
        Some(("fhirVersion", version)) => version.trim_matches('"').starts_with("4.0"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn media_ranges() {
        let table = [
            ("application/fhir+json", true),
            ("application/fhir+json; fhirVersion=4.0", true),
            ("application/fhir+json;fhirVersion=5.0", false),
            ("*/*;q=0.1", true),
            ("*/*;q=0", false),
            ("application/*", true),
            ("Application/JSON", true),
            ("application/fhir+xml", false),
            ("text/html", false),
            ("", false),
        ];
        for (range, expected) in table {
            assert_eq!(is_json(range), expected, "{range}");
        }
    }
}
