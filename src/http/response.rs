//! An answer as checks see it, and what of it goes into the record.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Secret;
use super::exchange::{
    Header, RecordedBody, RecordedRequest, RecordedResponse, Timing, TransportFailure,
};
use super::redact::Redactor;
use super::settings::ReadXml;

/// What is kept of a body for which the run has no room left.
const BEGINNING: usize = 8 * 1024;
/// Bytes that a value, and the members of an object, take in memory once JSON is parsed.
const VALUE: usize = 32;
const OBJECT: usize = 700;

/// An answer as it was read.
///
/// Checks see it whole. It may hold a secret that the target echoes; that leaves with
/// [`Exchanged::recorded_response`] and [`Client::redact`](super::Client::redact).
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
    /// True where reading stopped at the request's own limit: the body is only the beginning.
    pub is_cut: bool,
    /// Size and SHA-256 of the body as it was read.
    pub size: u64,
    pub sha256: String,
    read_xml: Option<ReadXml>,
    json: OnceLock<Result<Arc<Value>, String>>,
}

impl Response {
    pub(super) fn new(status: u16, headers: Vec<Header>, body: Vec<u8>, is_cut: bool) -> Self {
        Self {
            status,
            headers,
            is_cut,
            size: body.len() as u64,
            sha256: hex(&Sha256::digest(&body)),
            body,
            read_xml: None,
            json: OnceLock::new(),
        }
    }

    /// The same, whose body is read as FHIR XML where it says that it is XML.
    pub(super) fn reading_xml(mut self, read_xml: Option<ReadXml>) -> Self {
        self.read_xml = read_xml;
        self
    }

    /// The value of a header, the first where there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name == name)
            .map(|header| header.value.as_str())
    }

    /// The body as JSON; of FHIR XML what JSON would have in its place.
    ///
    /// # Errors
    /// Why it is none, with its place.
    pub fn json(&self) -> Result<&Arc<Value>, &str> {
        self.json
            .get_or_init(|| self.parse())
            .as_ref()
            .map_err(String::as_str)
    }

    fn parse(&self) -> Result<Arc<Value>, String> {
        if self.is_cut {
            return Err(format!(
                "the body is larger than the {} bytes that were read",
                self.size
            ));
        }
        if self.body.is_empty() {
            return Err("the body is empty".to_owned());
        }
        let text = std::str::from_utf8(&self.body).map_err(|error| {
            format!("the body is not UTF-8 from byte {} on", error.valid_up_to())
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some(read_xml) = self.read_xml.filter(|_| self.says_xml()) {
            return read_xml(text)
                .map(Arc::new)
                .map_err(|problem| format!("the body, read as FHIR XML: {problem}"));
        }
        serde_json::from_str(text)
            .map(Arc::new)
            .map_err(|error| format!("the body is no JSON: {error}"))
    }

    fn says_xml(&self) -> bool {
        let media_type = self.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        ["application/fhir+xml", "application/xml", "text/xml"]
            .iter()
            .any(|known| media_type.eq_ignore_ascii_case(known))
    }

    /// What the answer of a token endpoint holds that nobody may see.
    pub(super) fn tokens(&self) -> Vec<Secret> {
        const MEMBERS: [&str; 3] = ["access_token", "refresh_token", "id_token"];
        // Most answers are FHIR and large: they need not be parsed for this.
        let holds_one =
            self.body.len() < 64 * 1024 && self.body.windows(6).any(|part| part == b"_token");
        let body = self.json().ok().filter(|_| holds_one);
        let tokens = body
            .into_iter()
            .flat_map(|body| MEMBERS.map(|name| body[name].as_str()));
        tokens.flatten().map(Secret::new).collect()
    }

    /// Bytes of memory that the answer takes, about, once its body is parsed.
    pub(super) fn weight(&self) -> u64 {
        let is_xml = self.says_xml();
        let parsed: usize = self
            .body
            .iter()
            .map(|byte| match byte {
                b',' | b'[' if !is_xml => VALUE,
                b'{' if !is_xml => OBJECT,
                // An element has two, and is an object or one of its values.
                b'<' if is_xml => OBJECT / 4,
                _ => 0,
            })
            .sum();
        (self.body.len() + parsed) as u64
    }
}

/// A request that was sent and what came of it.
#[derive(Debug)]
pub struct Exchanged {
    /// Identifies the exchange while the run lasts.
    pub number: u64,
    pub request: RecordedRequest,
    pub response: Result<Response, TransportFailure>,
    pub timing: Timing,
    /// False where the run has no room left to keep the body whole.
    pub(super) is_kept: bool,
    pub(super) redactor: Arc<Redactor>,
}

impl Exchanged {
    /// What a run may hold on to after the test that wanted the exchange: the same, or where the
    /// run is full, the same with the beginning of its body.
    #[must_use]
    pub fn retained(self: &Arc<Self>) -> Arc<Self> {
        let response = match &self.response {
            Ok(response) if !self.is_kept && response.body.len() > BEGINNING => response,
            _ => return Arc::clone(self),
        };
        let text = self.redactor.text(&String::from_utf8_lossy(&response.body));
        let beginning = text.as_bytes().get(..BEGINNING).unwrap_or_default();
        Arc::new(Self {
            number: self.number,
            request: self.request.clone(),
            response: Ok(Response {
                body: beginning.to_vec(),
                is_cut: true,
                size: response.size,
                sha256: response.sha256.clone(),
                ..Response::new(response.status, response.headers.clone(), Vec::new(), true)
            }),
            timing: self.timing,
            is_kept: true,
            redactor: Arc::clone(&self.redactor),
        })
    }

    /// The response as it stands in the record: without secrets.
    pub fn recorded_response(&self) -> Option<RecordedResponse> {
        let response = self.response.as_ref().ok()?;
        let media_type = response
            .header("content-type")
            .map(|value| value.split(';').next().unwrap_or(value).trim().to_owned());
        let body = (response.size > 0).then(|| RecordedBody {
            media_type,
            size: response.size,
            sha256: response.sha256.clone(),
            text: Some(self.redactor.text(&String::from_utf8_lossy(&response.body))),
            cut: response.is_cut,
        });
        Some(RecordedResponse {
            status: response.status,
            headers: response
                .headers
                .iter()
                .map(|header| self.redactor.header(header))
                .collect(),
            body,
        })
    }
}

#[cfg(test)]
impl Exchanged {
    /// A GET that was answered in this way.
    pub(crate) fn example(status: u16, headers: Vec<Header>, body: Vec<u8>, is_cut: bool) -> Self {
        Self::example_of(Ok(Response::new(status, headers, body, is_cut)))
    }

    /// A GET that came to this.
    pub(crate) fn example_of(response: Result<Response, TransportFailure>) -> Self {
        Self {
            number: 1,
            request: RecordedRequest {
                method: "GET".to_owned(),
                url: "http://h/".to_owned(),
                headers: Vec::new(),
                body: None,
            },
            response,
            timing: Timing::default(),
            is_kept: true,
            redactor: Arc::default(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchanged(body: &[u8], is_kept: bool) -> Arc<Exchanged> {
        Arc::new(Exchanged {
            is_kept,
            ..Exchanged::example(200, Vec::new(), body.to_vec(), false)
        })
    }

    #[test]
    fn a_run_without_room_keeps_the_beginning() {
        let body = vec![b'a'; BEGINNING + 1];
        let whole = exchanged(&body, true).retained().recorded_response();
        let whole = whole.unwrap().body.unwrap();
        assert_eq!(
            (whole.text.unwrap().len(), whole.cut),
            (BEGINNING + 1, false)
        );
        let cut = exchanged(&body, false).retained().recorded_response();
        let cut = cut.unwrap().body.unwrap();
        assert_eq!((cut.text.unwrap().len(), cut.cut), (BEGINNING, true));
        assert_eq!((cut.size, cut.sha256), (whole.size, whole.sha256));
    }

    #[test]
    fn what_is_no_json_says_where() {
        for (body, expected) in [
            (&b""[..], "the body is empty"),
            (b"{\"a\": \xe9}", "the body is not UTF-8 from byte 6 on"),
            (
                b"<html>",
                "the body is no JSON: expected value at line 1 column 1",
            ),
            (
                b"{\"a\": 1",
                "the body is no JSON: EOF while parsing an object at line 1 column 7",
            ),
        ] {
            let response = Response::new(200, Vec::new(), body.to_vec(), false);
            assert_eq!(response.json().unwrap_err(), expected);
        }
        let media_type = |value: &str| Header {
            name: "content-type".into(),
            value: value.into(),
        };
        let read: ReadXml = |text| match text {
            "<a/>" => Ok(Value::Bool(true)),
            _ => Err("bad".to_owned()),
        };
        for (value, body, expected) in [
            ("application/fhir+xml; charset=utf-8", "<a/>", Ok(())),
            (
                "application/fhir+xml",
                "{}",
                Err("the body, read as FHIR XML: bad"),
            ),
            (
                "application/fhir+json",
                "<a/>",
                Err("the body is no JSON: expected value at line 1 column 1"),
            ),
        ] {
            let response = Response::new(200, vec![media_type(value)], body.into(), false);
            let response = response.reading_xml(Some(read));
            assert_eq!(response.json().map(|_| ()), expected, "{value} {body}");
        }
        let marked = Response::new(200, Vec::new(), b"\xef\xbb\xbf{}".to_vec(), false);
        assert!(marked.json().is_ok());
        let cut = Response::new(200, Vec::new(), b"{}".to_vec(), true);
        assert!(cut.json().unwrap_err().contains("larger than the 2 bytes"));
    }
}
