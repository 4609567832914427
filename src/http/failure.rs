//! A client's error chain → one failure kind and one message that says what to do.

use std::error::Error;
use std::io;

use url::Url;

use super::exchange::{FailureKind, TransportFailure};

/// A failure with words of our own.
pub(super) fn failure(kind: FailureKind, message: impl Into<String>) -> TransportFailure {
    TransportFailure {
        kind,
        message: message.into(),
    }
}

/// What went wrong with a request to this URL.
pub(super) fn of_error(url: &Url, error: &reqwest::Error) -> TransportFailure {
    let kind = kind(error);
    let place = url.origin().ascii_serialization();
    let cause = root_cause(error);
    failure(
        kind,
        match kind {
            FailureKind::Connect => format!(
                "cannot connect to {place}: {cause}; check that the server runs and the URL is right"
            ),
            FailureKind::Tls if cause.contains("InvalidContentType") => format!(
                "{place} does not speak TLS there; check whether the URL begins with http:// instead of https://"
            ),
            FailureKind::Tls => format!(
                "no trusted TLS connection to {place}: {cause}; name the authority's certificate with --ca-file"
            ),
            FailureKind::Reset => {
                format!("{place} closed the connection before it answered: {cause}")
            }
            FailureKind::Timeout => {
                format!("no connection to {place} in time; check that the URL is right")
            }
            _ => format!("{place} did not answer with a complete HTTP response: {cause}"),
        },
    )
}

fn kind(error: &reqwest::Error) -> FailureKind {
    if error.is_timeout() {
        return FailureKind::Timeout;
    }
    let mut reset = false;
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        let text = current.to_string();
        if is_tls(&text) {
            return FailureKind::Tls;
        }
        // Closed without a word, as a busy server does with a connection it kept open for long.
        reset |= text.contains("connection closed before message completed");
        if let Some(io) = current.downcast_ref::<io::Error>() {
            reset |= matches!(
                io.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
            );
        }
        cause = current.source();
    }
    if reset {
        FailureKind::Reset
    } else if error.is_connect() {
        FailureKind::Connect
    } else {
        FailureKind::Malformed
    }
}

/// The TLS library's errors are not exposed as types through the client.
fn is_tls(text: &str) -> bool {
    [
        "invalid peer certificate",
        "certificate",
        "tls handshake",
        "received fatal alert",
        "corrupt message",
    ]
    .iter()
    .any(|mark| text.to_ascii_lowercase().contains(mark))
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
