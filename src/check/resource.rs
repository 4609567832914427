//! `resource`: the body is a FHIR resource of a type, in FHIR JSON, and says so, on every page.

use super::{Finding, View};
use crate::http::Response;
use crate::suite::Template;

/// What to do about a wrong media type.
pub(super) const MEDIA_TYPE_FIX: &str = "send Content-Type: application/fhir+json; charset=utf-8";

pub(super) fn check(kind: &Template, view: &View<'_>) -> Finding {
    let kind = view.scope.render_known(kind);
    let expected = format!("{kind} in application/fhir+json");
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    let body = match answer.body() {
        Ok(body) => body,
        Err(problem) => return Finding::fail(expected, problem),
    };
    let Some(found) = body["resourceType"].as_str() else {
        return Finding::fail(expected, "JSON without a resourceType");
    };
    if found != kind {
        return Finding::fail(expected, format!("a resource of type {found}"));
    }
    match answer.responses().try_for_each(media_type) {
        Err(problem) => {
            Finding::fail(expected, format!("{found} with {problem}")).fix(MEDIA_TYPE_FIX)
        }
        Ok(()) => Finding::pass(expected, format!("{found} in application/fhir+json")),
    }
}

/// FHIR R4 http, section MIME-types: `application/fhir+json`, and UTF-8.
pub(super) fn media_type(response: &Response) -> Result<(), String> {
    let Some(value) = response.header("content-type") else {
        return Err("no Content-Type".to_owned());
    };
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    if !kind.eq_ignore_ascii_case("application/fhir+json") {
        return Err(format!("Content-Type {value}"));
    }
    let charset = parts.find_map(|part| {
        part.to_ascii_lowercase()
            .strip_prefix("charset=")
            .map(str::to_owned)
    });
    match charset.as_deref().map(|name| name.trim_matches('"')) {
        None | Some("utf-8" | "utf8") => Ok(()),
        Some(other) => Err(format!("charset {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Exchanged;
    use crate::http::exchange::Header;

    #[test]
    fn fhir_json_in_utf_8_and_nothing_else() {
        for (value, is_fine) in [
            (Some("application/fhir+json"), true),
            (Some("Application/FHIR+JSON; charset=UTF-8"), true),
            (
                Some("application/fhir+json;fhirVersion=4.0;charset=\"utf-8\""),
                true,
            ),
            (Some("application/fhir+json; charset=iso-8859-1"), false),
            (Some("application/json"), false),
            (Some("text/html"), false),
            (None, false),
        ] {
            let header = value.map(|value| Header {
                name: "content-type".into(),
                value: value.into(),
            });
            let headers = header.into_iter().collect();
            let exchanged = Exchanged::example(200, headers, Vec::new(), false);
            let response = exchanged.response.expect("an answer");
            assert_eq!(media_type(&response).is_ok(), is_fine, "{value:?}");
        }
    }
}
