//! One request and its response, as recorded: already redacted, bounded, with timing.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Identifies an exchange within one run: `x1`, `x2`, ... in the order tests first refer to them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(pub String);

/// A request and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    pub id: ExchangeId,
    pub request: RecordedRequest,
    /// Absent when no response was read; then `failure` says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<RecordedResponse>,
    /// Why there is no (complete) response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<TransportFailure>,
    pub timing: Timing,
}

/// When an exchange happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Milliseconds since the run began.
    pub started_ms: u64,
    /// Milliseconds from sending the request to the end of the body.
    pub duration_ms: u64,
}

/// What was asked. Header values that carry credentials are redacted at capture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedRequest {
    pub method: String,
    /// Absolute URL as sent.
    pub url: String,
    pub headers: Vec<Header>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<RecordedBody>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedResponse {
    pub status: u16,
    pub headers: Vec<Header>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<RecordedBody>,
}

/// One header line, name in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub name: String,
    pub value: String,
}

/// A body as recorded: whole, cut, or (without evidence) only its size and hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedBody {
    /// The media type the message claimed, without parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Size in bytes of what was read.
    pub size: u64,
    /// SHA-256 of what was read, lower-case hexadecimal.
    pub sha256: String,
    /// The text; absent where evidence is not kept. Invalid UTF-8 is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// True when `text` is only the beginning.
    #[serde(default)]
    pub cut: bool,
}

/// Why an exchange has no complete response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportFailure {
    pub kind: FailureKind,
    /// What happened and what to do, in one or two sentences.
    pub message: String,
}

/// The kinds of transport failure, and whose fault each is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Nothing listens, or no route or name: we could not tell.
    Connect,
    /// The certificate or the handshake is not trusted by us: we could not tell.
    Tls,
    /// The connection was reset: we could not tell.
    Reset,
    /// No complete answer within the time limit.
    Timeout,
    /// The body exceeds the limit: the target answered wrongly.
    TooLarge,
    /// More redirects than allowed, or in a circle: the target answered wrongly.
    RedirectLoop,
    /// The response is no valid HTTP, or ended early: the target answered wrongly.
    Malformed,
    /// The next URL is on an origin that may not be contacted; nothing was sent there.
    ForeignOrigin,
    /// There is no access token to send it with; nothing was sent.
    NoToken,
    /// The run was interrupted before the answer came.
    Interrupted,
}

impl TransportFailure {
    /// True where the server's certificate is not trusted.
    #[must_use]
    pub fn is_of_certificate(&self) -> bool {
        self.kind == FailureKind::Tls && self.message.contains("invalid peer certificate")
    }
}

impl RecordedBody {
    /// Records a body, at most this many bytes of it.
    pub fn of(media_type: Option<&str>, bytes: &[u8], most: usize) -> Self {
        let cut = bytes.len() > most;
        let kept = bytes.get(..most).unwrap_or(bytes);
        Self {
            media_type: media_type.map(str::to_owned),
            size: bytes.len() as u64,
            sha256: Sha256::digest(bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            text: Some(String::from_utf8_lossy(kept).into_owned()),
            cut,
        }
    }

    /// The same without the text.
    #[must_use]
    pub fn without_text(mut self) -> Self {
        self.text = None;
        self.cut = false;
        self
    }
}
