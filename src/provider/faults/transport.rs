//! Faults of TLS: what is spoken, and what is shown.

use crate::provider::seams::{Fault, Seam};

const VERSIONS: &[&str] = &["transport-old-versions"];
const SUITES: &[&str] = &["transport-weak-suites"];
/// The alert `protocol_version`.
const REFUSED_VERSION: &[u8] = &[21, 3, 3, 0, 2, 2, 70];

pub(super) static FAULTS: &[Fault] = &[
    Fault {
        name: "speaks-ssl-3",
        description: "SSL 3.0 is still spoken.",
        caught_by: VERSIONS,
        also: &[],
        seam: Seam::Greet(|words| accept(words, |hello| hello.version == 0x0300)),
    },
    Fault {
        name: "speaks-tls-1-0",
        description: "TLS 1.0 is still spoken.",
        caught_by: VERSIONS,
        also: &[],
        seam: Seam::Greet(|words| accept(words, |hello| hello.version == 0x0301)),
    },
    Fault {
        name: "speaks-tls-1-1",
        description: "TLS 1.1 is still spoken.",
        caught_by: VERSIONS,
        also: &[],
        seam: Seam::Greet(|words| accept(words, |hello| hello.version == 0x0302)),
    },
    Fault {
        name: "speaks-old-tls-alone",
        description: "Neither TLS 1.2 nor TLS 1.3 is spoken: no current client gets in.",
        caught_by: &["transport-current-versions"],
        also: &["group:transport"],
        seam: Seam::Greet(|words| Hello::read(words).map(|_| REFUSED_VERSION.to_vec())),
    },
    Fault {
        name: "takes-any-cipher-suite",
        description: "Any cipher suite that a client offers is taken, even one without encryption.",
        caught_by: SUITES,
        also: &["transport-old-versions", "transport-strong-suite"],
        seam: Seam::Greet(|words| accept(words, |hello| !hello.is_of_tls_1_3)),
    },
    Fault {
        name: "prefers-cipher-suite-without-forward-secrecy",
        description: "Of the cipher suites of a client one without ephemeral keys is taken.",
        caught_by: &["transport-strong-suite"],
        also: &[],
        seam: Seam::Greet(|words| {
            accept(words, |hello| {
                hello.version == 0x0303 && hello.suites.contains(&0x002F)
            })
        }),
    },
    Fault {
        name: "speaks-no-tls-1-3",
        description: "TLS 1.3 is not spoken.",
        caught_by: &["transport-latest-version"],
        also: &[],
        // The hello of a client that speaks both holds suites of both.
        seam: Seam::Greet(|words| {
            let hello = Hello::read(words)?;
            let alone = hello.suites.iter().all(|suite| suite >> 8 == 0x13);
            alone.then(|| REFUSED_VERSION.to_vec())
        }),
    },
    Fault {
        name: "answers-without-tls",
        description: "The API is also answered over http, without TLS.",
        caught_by: &["transport-without-tls"],
        also: &[],
        seam: Seam::Greet(|words| {
            words.starts_with(b"GET ").then(|| {
                b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".to_vec()
            })
        }),
    },
    Fault {
        name: "certificate-expired",
        description: "The certificate has expired.",
        caught_by: &["transport-certificate"],
        also: &[],
        seam: Seam::Certify(|terms| terms.last_year = 2020),
    },
    Fault {
        name: "certificate-of-other-host",
        description: "The certificate names another host.",
        caught_by: &["transport-certificate"],
        also: &[],
        seam: Seam::Certify(|terms| terms.host = "fhir.example"),
    },
    Fault {
        name: "links-without-tls",
        description: "Links to further pages are http URLs, though the API is reached by https.",
        caught_by: &["transport-links"],
        also: &[
            "group:bundle",
            "group:search",
            "group:authorization",
            "every-search",
        ],
        seam: Seam::Assemble(|bundle| {
            for link in bundle["link"].as_array_mut().into_iter().flatten() {
                let plain = link["url"]
                    .as_str()
                    .map(|url| url.replace("https:", "http:"));
                link["url"] = plain.into();
            }
        }),
    },
];

/// What a client offers (RFC 5246 section 7.4.1.2).
struct Hello {
    version: u16,
    suites: Vec<u16>,
    /// Whether suites of TLS 1.3 are among them.
    is_of_tls_1_3: bool,
}

impl Hello {
    fn read(words: &[u8]) -> Option<Self> {
        // Record header, type and length of the handshake message.
        let hello = words.strip_prefix(&[22])?.get(8..)?;
        let session = usize::from(*hello.get(34)?);
        let suites = hello.get(35 + session..)?;
        let length = usize::from(number(suites)?);
        let suites: Vec<u16> = suites
            .get(2..2 + length)?
            .chunks(2)
            .filter_map(number)
            .collect();
        Some(Self {
            version: number(hello)?,
            is_of_tls_1_3: suites.iter().any(|suite| suite >> 8 == 0x13),
            suites,
        })
    }
}

fn number(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(..2)?.try_into().ok()?))
}

/// A ServerHello with the last of the offered suites, where the offer is of this kind.
fn accept(words: &[u8], takes: fn(&Hello) -> bool) -> Option<Vec<u8>> {
    let hello = Hello::read(words).filter(takes)?;
    let suite = hello.suites.last()?.to_be_bytes();
    let version = hello.version.to_be_bytes();
    let mut message = vec![2, 0, 0, 38];
    message.extend(version);
    message.extend([0x33; 32]);
    message.push(0);
    message.extend(suite);
    message.push(0);
    let mut record = vec![22];
    record.extend(version);
    record.extend([0, 42]);
    record.extend(message);
    Some(record)
}
