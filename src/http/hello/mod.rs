//! The first words of a TLS connection, made by hand: what a server still speaks that no current
//! library offers (RFC 9325).
//!
//! A ClientHello is sent and the first record of the answer read; the handshake goes no further, so
//! that nothing is sent that a key would protect.

mod message;
mod offer;

pub use offer::Offer;

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

use super::exchange::{FailureKind, TransportFailure};
use super::failure::failure;
use message::Heard;

/// Bytes of the answer that are read at most: a ServerHello is far shorter.
const MOST: usize = 4096;
/// For the answer. A server may also refuse by silence.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the offer to the host and port of a URL, and tells what came of it:
/// `handshake` is `accepted` (with `version` and `suite`), `refused` (with `by`), and for a request
/// without TLS also `answered` or `redirected` (with `status`).
///
/// # Errors
/// Where nothing listens there, or it speaks no TLS at all, so that we cannot tell.
pub(super) async fn make(
    url: &Url,
    offer: Offer,
    connect_timeout: Duration,
) -> Result<Value, TransportFailure> {
    let mut stream = match connect(url, port(url, offer), connect_timeout).await {
        Ok(stream) => stream,
        // Where http has a port of its own, that nothing listens there is the best of answers.
        Err(_) if offer == Offer::Plain => return Ok(refused("no connection")),
        Err(failure) => return Err(failure),
    };
    let said = match offer {
        Offer::Plain => message::plain_request(url),
        _ => message::client_hello(offer, server_name(url)),
    };
    let heard = timeout(PATIENCE, converse(&mut stream, &said, offer)).await;
    Ok(match heard {
        Err(_) => refused("silence"),
        // A connection that ends is a refusal too.
        Ok(Err(error)) => refused(&format!("the end of the connection ({error})")),
        Ok(Ok(bytes)) if offer == Offer::Plain => without_tls(&bytes),
        Ok(Ok(bytes)) => with_tls(&message::hear(&bytes)).ok_or_else(|| no_tls(url))?,
    })
}

/// That of the URL; for http beside https on its usual port that of http.
fn port(url: &Url, offer: Offer) -> u16 {
    match url.port_or_known_default() {
        Some(443) if offer == Offer::Plain => 80,
        port => port.unwrap_or(443),
    }
}

async fn connect(url: &Url, port: u16, limit: Duration) -> Result<TcpStream, TransportFailure> {
    let place = url.origin().ascii_serialization();
    let cannot = |cause: String| {
        failure(
            FailureKind::Connect,
            format!(
                "cannot connect to {place}: {cause}; check that the server runs and the URL is right"
            ),
        )
    };
    let connecting = async {
        match url.host() {
            Some(Host::Domain(name)) => TcpStream::connect((name, port)).await,
            Some(Host::Ipv4(address)) => TcpStream::connect((address, port)).await,
            Some(Host::Ipv6(address)) => TcpStream::connect((address, port)).await,
            None => Err(io::Error::other("the URL has no host")),
        }
    };
    match timeout(limit, connecting).await {
        Ok(connected) => connected.map_err(|error| cannot(error.to_string())),
        Err(_) => Err(cannot("no connection in time".to_owned())),
    }
}

/// A name, and no address, can be told to the server (RFC 6066 section 3).
fn server_name(url: &Url) -> Option<&str> {
    match url.host() {
        Some(Host::Domain(name)) => Some(name),
        _ => None,
    }
}

/// Says it, and reads what is needed of the answer.
async fn converse(stream: &mut TcpStream, said: &[u8], offer: Offer) -> io::Result<Vec<u8>> {
    stream.write_all(said).await?;
    let mut heard = Vec::new();
    let mut part = [0; 1024];
    while heard.len() < MOST && !is_enough(&heard, offer) {
        let count = match stream.read(&mut part).await {
            Ok(0) => break,
            Ok(count) => count,
            // What was said before a reset counts.
            Err(_) if !heard.is_empty() => break,
            Err(error) => return Err(error),
        };
        heard.extend_from_slice(part.get(..count).unwrap_or_default());
    }
    if heard.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(heard)
}

fn is_enough(heard: &[u8], offer: Offer) -> bool {
    match offer {
        Offer::Plain => heard.windows(4).any(|end| end == b"\r\n\r\n"),
        _ => message::is_whole(heard),
    }
}

/// Nothing where what was heard is no TLS.
fn with_tls(heard: &Heard) -> Option<Value> {
    Some(match heard {
        Heard::ServerHello { version, suite } => json!({
            "handshake": "accepted",
            "version": offer::version_name(*version),
            "suite": format!("{suite:04X}"),
            "strong": offer::is_strong(*suite),
        }),
        Heard::Alert(number) => refused(&format!("alert {number}")),
        Heard::Other => return None,
    })
}

fn no_tls(url: &Url) -> TransportFailure {
    let place = url.origin().ascii_serialization();
    failure(
        FailureKind::Tls,
        format!("{place} does not speak TLS: check whether its URL begins with http://"),
    )
}

fn refused(by: &str) -> Value {
    json!({ "handshake": "refused", "by": by })
}

fn without_tls(heard: &[u8]) -> Value {
    match message::status_and_location(heard) {
        None => refused("an answer that is no HTTP"),
        Some((status, location)) => {
            let away = location.is_some_and(|location| location.starts_with("https:"));
            let outcome = match status {
                200..=299 => "answered",
                300..=399 if away => "redirected",
                300..=399 => "answered",
                _ => "refused",
            };
            json!({ "handshake": outcome, "by": format!("status {status}"), "status": status })
        }
    }
}
