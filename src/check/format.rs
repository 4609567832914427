//! In which format an answer is to be: as the request asked, JSON or XML.

use url::Url;

use crate::http::{Exchanged, Response};

/// FHIR's media types (FHIR R4 http, content types and encodings).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Xml,
}

impl Format {
    /// What the request asked for: `_format` wins over `Accept`, and JSON is what is asked for else.
    pub(super) fn asked(exchanged: &Exchanged) -> Self {
        let request = &exchanged.request;
        let url = Url::parse(&request.url).ok();
        let parameter = url.as_ref().and_then(|url| {
            let mut pairs = url.query_pairs();
            pairs.find_map(|(name, value)| (name == "_format").then_some(value))
        });
        let header = || {
            let mut headers = request.headers.iter();
            headers.find(|header| header.name == "accept")
        };
        let is_xml = match parameter {
            Some(value) => value.contains("xml"),
            None => header().is_some_and(|header| header.value.contains("xml")),
        };
        if is_xml { Self::Xml } else { Self::Json }
    }

    /// The media type that an answer has.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/fhir+json",
            Self::Xml => "application/fhir+xml",
        }
    }

    /// What to do about a wrong media type.
    pub(super) fn fix(self) -> String {
        format!("send Content-Type: {}; charset=utf-8", self.media_type())
    }

    /// Whether an answer has the media type, and UTF-8 where it names a charset.
    pub(super) fn check(self, response: &Response) -> Result<(), String> {
        let Some(value) = response.header("content-type") else {
            return Err("no Content-Type".to_owned());
        };
        let mut parts = value.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        if !kind.eq_ignore_ascii_case(self.media_type()) {
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
}

/// What is wrong with the media type of an answer, by what its request asked for.
pub(super) fn media_type(exchanged: &Exchanged) -> Result<(), String> {
    match &exchanged.response {
        Ok(response) => Format::asked(exchanged).check(response),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            (Some("application/fhir+xml"), false),
            (Some("text/html"), false),
            (None, false),
        ] {
            let header = value.map(|value| Header {
                name: "content-type".into(),
                value: value.into(),
            });
            let headers = header.into_iter().collect();
            let exchanged = Exchanged::example(200, headers, Vec::new(), false);
            assert_eq!(media_type(&exchanged).is_ok(), is_fine, "{value:?}");
        }
    }

    #[test]
    fn the_parameter_wins_over_the_header() {
        for (query, accept, expected) in [
            ("", "application/fhir+json", Format::Json),
            ("", "application/fhir+xml", Format::Xml),
            ("?_format=json", "application/fhir+xml", Format::Json),
            ("?a=1&_format=application%2Ffhir%2Bxml", "*/*", Format::Xml),
        ] {
            let mut exchanged = Exchanged::example(200, Vec::new(), Vec::new(), false);
            exchanged.request.url = format!("http://h/Patient/1{query}");
            exchanged.request.headers = vec![Header {
                name: "accept".into(),
                value: accept.into(),
            }];
            assert_eq!(Format::asked(&exchanged), expected, "{query} {accept}");
        }
    }
}
