//! The bytes of a ClientHello, and what a server's first record says (RFC 5246 sections 6.2 and 7.4,
//! RFC 8446 section 4).

use url::Url;

use super::offer::{Offer, TLS_1_3};

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const SUPPORTED_VERSIONS: u16 = 43;
/// Header of a record: type, version, length.
const HEADER: usize = 5;

/// What a server's first record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    ServerHello {
        version: u16,
        suite: u16,
    },
    /// With its description (RFC 5246 section 7.2).
    Alert(u8),
    /// No TLS.
    Other,
}

/// The record of a ClientHello.
pub(super) fn client_hello(offer: Offer, server_name: Option<&str>) -> Vec<u8> {
    let version = offer.version().to_be_bytes();
    let mut hello = version.to_vec();
    // Nothing is ever protected by it, so that it need not be random.
    hello.extend([0x5A; 32]);
    hello.push(0);
    let suites: Vec<u8> = offer
        .suites()
        .into_iter()
        .flat_map(u16::to_be_bytes)
        .collect();
    hello.extend(with_length(&suites));
    // No compression.
    hello.extend([1, 0]);
    if offer != Offer::Ssl3 {
        hello.extend(with_length(&extensions(offer, server_name)));
    }
    let mut handshake = vec![CLIENT_HELLO, 0];
    handshake.extend(with_length(&hello));
    // Servers compare the record's version with nothing but the oldest.
    let record = offer.version().min(0x0301).to_be_bytes();
    let mut message = vec![HANDSHAKE];
    message.extend(record);
    message.extend(with_length(&handshake));
    message
}

fn extensions(offer: Offer, server_name: Option<&str>) -> Vec<u8> {
    let mut all = Vec::new();
    if let Some(name) = server_name {
        let mut entry = vec![0];
        entry.extend(with_length(name.as_bytes()));
        all.extend(extension(0, &with_length(&entry)));
    }
    // x25519, P-256, P-384.
    all.extend(extension(10, &[0, 6, 0, 0x1D, 0, 0x17, 0, 0x18]));
    // Points are not compressed.
    all.extend(extension(11, &[1, 0]));
    let signatures: [u16; 11] = [
        0x0403, 0x0503, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0603, 0x0203, 0x0201,
    ];
    let signatures: Vec<u8> = signatures.into_iter().flat_map(u16::to_be_bytes).collect();
    all.extend(extension(13, &with_length(&signatures)));
    // Extended master secret, and no renegotiation.
    all.extend(extension(23, &[]));
    all.extend(extension(0xFF01, &[0]));
    if offer == Offer::Tls13 {
        all.extend(extension(SUPPORTED_VERSIONS, &[2, 3, 4]));
        // Without a key the server names the group that it wants, which is answer enough.
        all.extend(extension(51, &[0, 0]));
    }
    all
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    let mut extension = kind.to_be_bytes().to_vec();
    extension.extend(with_length(content));
    extension
}

/// Content behind its length in two bytes; none of ours is longer.
fn with_length(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    let mut counted = length.to_be_bytes().to_vec();
    counted.extend_from_slice(content);
    counted
}

/// True where a whole record was read.
pub(super) fn is_whole(heard: &[u8]) -> bool {
    number(heard, 3).is_some_and(|length| heard.len() >= HEADER + usize::from(length))
}

/// Reads the first record, as far as it is there.
pub(super) fn hear(heard: &[u8]) -> Heard {
    let content = heard.get(HEADER..).unwrap_or_default();
    match heard.first() {
        Some(&ALERT) => content
            .get(1)
            .map_or(Heard::Other, |kind| Heard::Alert(*kind)),
        Some(&HANDSHAKE) => server_hello(content).unwrap_or(Heard::Other),
        _ => Heard::Other,
    }
}

/// Type, length in three bytes, version, random, session id, suite, compression, extensions.
fn server_hello(message: &[u8]) -> Option<Heard> {
    if *message.first()? != SERVER_HELLO {
        return None;
    }
    let version = number(message, 4)?;
    let session = usize::from(*message.get(38)?);
    let suite = number(message, 39 + session)?;
    let extensions = message.get(44 + session..).unwrap_or_default();
    Some(Heard::ServerHello {
        version: selected_version(extensions).unwrap_or(version),
        suite,
    })
}

/// TLS 1.3 says in an extension that it is meant.
fn selected_version(mut extensions: &[u8]) -> Option<u16> {
    loop {
        let kind = number(extensions, 0)?;
        let length = usize::from(number(extensions, 2)?);
        if kind == SUPPORTED_VERSIONS {
            return number(extensions, 4).filter(|version| *version == TLS_1_3);
        }
        extensions = extensions.get(4 + length..)?;
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(two.try_into().ok()?))
}

/// A request without TLS for what everybody may see.
pub(super) fn plain_request(url: &Url) -> Vec<u8> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    format!(
        "GET {path}/metadata HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: application/fhir+json\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}

/// Of an HTTP response the status, and where it points.
pub(super) fn status_and_location(heard: &[u8]) -> Option<(u16, Option<String>)> {
    let text = String::from_utf8_lossy(heard);
    let mut lines = text.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?;
    let status = status.parse().ok()?;
    let location = lines.take_while(|line| !line.is_empty()).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let value = value.trim().to_ascii_lowercase();
        name.eq_ignore_ascii_case("location").then_some(value)
    });
    Some((status, location))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(version: u16, suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut hello = version.to_be_bytes().to_vec();
        hello.extend([7; 32]);
        hello.extend([2, 9, 9]);
        hello.extend(suite.to_be_bytes());
        hello.push(0);
        hello.extend(with_length(extensions));
        let mut message = vec![SERVER_HELLO, 0];
        message.extend(with_length(&hello));
        let mut record = vec![HANDSHAKE, 3, 3];
        record.extend(with_length(&message));
        record
    }

    #[test]
    fn a_hello_counts_its_parts() {
        for (offer, name) in Offer::ALL {
            assert_eq!(Offer::parse(name), Some(*offer));
            assert_eq!(offer.name(), *name);
            if matches!(offer, Offer::Plain | Offer::Trust) {
                continue;
            }
            let hello = client_hello(*offer, Some("fhir.example"));
            assert!(
                is_whole(&hello) && !is_whole(&hello[..hello.len() - 1]),
                "{name}"
            );
            assert_eq!(
                number(&hello, 3).map(usize::from),
                Some(hello.len() - HEADER)
            );
            assert_eq!(number(&hello, 7).map(usize::from), Some(hello.len() - 9));
            assert_eq!(number(&hello, 9), Some(offer.version()));
            let named = hello.windows(12).any(|part| part == b"fhir.example");
            assert_eq!(named, *offer != Offer::Ssl3, "{name}");
        }
    }

    #[test]
    fn the_first_record_tells_what_was_chosen() {
        let old = answer(0x0301, 0x002F, &[]);
        assert_eq!(
            hear(&old),
            Heard::ServerHello {
                version: 0x0301,
                suite: 0x002F
            }
        );
        let mut chosen = extension(51, &[0, 0x1D]);
        chosen.extend(extension(SUPPORTED_VERSIONS, &[3, 4]));
        let new = answer(0x0303, 0x1301, &chosen);
        assert_eq!(
            hear(&new),
            Heard::ServerHello {
                version: TLS_1_3,
                suite: 0x1301
            }
        );
        assert_eq!(hear(&[ALERT, 3, 3, 0, 2, 2, 70]), Heard::Alert(70));
        assert_eq!(hear(b"HTTP/1.1 400 Bad Request"), Heard::Other);
        // Whatever is missing at the end is no reason to panic.
        for end in 0..old.len() {
            hear(&old[..end]);
            hear(&new[..end]);
        }
    }

    #[test]
    fn an_answer_without_tls_tells_its_status() {
        let heard = b"HTTP/1.1 301 Moved\r\nLOCATION: HTTPS://fhir.example/\r\n\r\nbody";
        assert_eq!(
            status_and_location(heard),
            Some((301, Some("https://fhir.example/".to_owned())))
        );
        assert_eq!(
            status_and_location(b"HTTP/1.0 200 OK\r\n\r\n"),
            Some((200, None))
        );
        assert_eq!(status_and_location(&[21, 3, 3]), None);
    }
}
