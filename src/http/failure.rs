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
            FailureKind::Tls => format!(
                "no trusted TLS connection to {place}: {cause}; {}",
                tls_advice(&cause)
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

/// What to do about a TLS problem, by the TLS library's words for it.
fn tls_advice(cause: &str) -> &'static str {
    let advice: &[(&str, &str)] = &[
        (
            "InvalidContentType",
            "the server does not speak TLS there: check whether its URL begins with http://",
        ),
        (
            "CaUsedAsEndEntity",
            "the server shows an authority's own certificate: give it one issued for a server, or test with --insecure",
        ),
        ("expired", "renew the certificate, or test with --insecure"),
        (
            "not valid for",
            "use the name that the certificate is for, or test with --insecure",
        ),
        (
            "fatal alert",
            "the server refuses this client: it may want --client-cert and --client-key",
        ),
    ];
    advice.iter().find(|(mark, _)| cause.contains(mark)).map_or(
        "name the authority's certificate with --ca-file",
        |(_, advice)| advice,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_fits_the_tls_problem() {
        for (cause, advice) in [
            ("invalid peer certificate: UnknownIssuer", "--ca-file"),
            (
                "received corrupt message of type InvalidContentType",
                "http://",
            ),
            (
                "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
                "--insecure",
            ),
            ("received fatal alert: CertificateRequired", "--client-cert"),
            (
                "invalid peer certificate: certificate expired: verification time",
                "renew",
            ),
            (
                "invalid peer certificate: certificate not valid for name \"h\"",
                "name that",
            ),
        ] {
            assert!(is_tls(cause), "{cause}");
            assert!(tls_advice(cause).contains(advice), "{cause}");
        }
        assert!(!is_tls("connection refused"));
    }
}
