//! What is offered in a ClientHello.

/// TLS 1.2, as the version of most hellos.
pub(super) const TLS_1_2: u16 = 0x0303;
pub(super) const TLS_1_3: u16 = 0x0304;

/// Ephemeral elliptic-curve keys with authenticated encryption (RFC 9325 section 4.2), and all of
/// TLS 1.3.
const STRONG: &[u16] = &[
    0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0x1301, 0x1302, 0x1303,
];
/// What servers of the time of TLS 1.0 know.
const CLASSIC: &[u16] = &[
    0xC009, 0xC00A, 0xC013, 0xC014, 0x0033, 0x0039, 0x002F, 0x0035, 0x000A,
];
/// Without encryption.
const NULL: &[u16] = &[0x0001, 0x0002, 0x003B, 0xC001, 0xC006, 0xC00B, 0xC010];
/// Of a strength that could once be exported.
const EXPORT: &[u16] = &[0x0003, 0x0006, 0x0008, 0x000B, 0x000E, 0x0011, 0x0014];
/// Without authentication of the server.
const ANONYMOUS: &[u16] = &[
    0x0018, 0x001B, 0x0034, 0x003A, 0x006C, 0x006D, 0x00A6, 0x00A7, 0xC017, 0xC018, 0xC019,
];
const RC4: &[u16] = &[0x0004, 0x0005, 0xC002, 0xC007, 0xC00C, 0xC011];
/// Single DES.
const DES: &[u16] = &[0x0009, 0x000C, 0x000F, 0x0012, 0x0015, 0x001E];

/// What is offered: a version with cipher suites that fit it, or suites of one weak kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offer {
    Ssl3,
    Tls10,
    Tls11,
    Tls12,
    Tls13,
    /// Suites without encryption.
    Null,
    /// Suites of export strength.
    Export,
    /// Suites without authentication of the server.
    Anonymous,
    Rc4,
    /// Suites with single DES.
    Des,
    /// What every request offers: whether the server's certificate is trusted.
    Trust,
    /// No TLS at all, but an HTTP request without credentials.
    Plain,
}

impl Offer {
    /// Every offer with its name.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Ssl3, "ssl-3.0"),
        (Self::Tls10, "tls-1.0"),
        (Self::Tls11, "tls-1.1"),
        (Self::Tls12, "tls-1.2"),
        (Self::Tls13, "tls-1.3"),
        (Self::Null, "null"),
        (Self::Export, "export"),
        (Self::Anonymous, "anonymous"),
        (Self::Rc4, "rc4"),
        (Self::Des, "des"),
        (Self::Trust, "trust"),
        (Self::Plain, "plain"),
    ];

    /// The offer with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(_, known)| *known == name)
            .map(|(offer, _)| *offer)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(offer, _)| *offer == self)
            .map_or("unknown", |(_, name)| name)
    }

    /// The version in the hello; that of TLS 1.3 stands in an extension.
    pub(super) fn version(self) -> u16 {
        match self {
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            _ => TLS_1_2,
        }
    }

    pub(super) fn suites(self) -> Vec<u16> {
        match self {
            Self::Ssl3 | Self::Tls10 | Self::Tls11 => [CLASSIC, RC4].concat(),
            Self::Tls12 => [STRONG, &[0x009C, 0x009D, 0x003C], CLASSIC].concat(),
            Self::Tls13 => vec![0x1301, 0x1302, 0x1303],
            Self::Null => NULL.to_vec(),
            Self::Export => EXPORT.to_vec(),
            Self::Anonymous => ANONYMOUS.to_vec(),
            Self::Rc4 => RC4.to_vec(),
            Self::Des => DES.to_vec(),
            Self::Trust | Self::Plain => Vec::new(),
        }
    }
}

/// Ephemeral keys and authenticated encryption.
pub(super) fn is_strong(suite: u16) -> bool {
    STRONG.contains(&suite)
}

/// A version as people call it.
pub(super) fn version_name(version: u16) -> String {
    match version {
        0x0300 => "SSL 3.0".to_owned(),
        0x0301 => "TLS 1.0".to_owned(),
        0x0302 => "TLS 1.1".to_owned(),
        TLS_1_2 => "TLS 1.2".to_owned(),
        TLS_1_3 => "TLS 1.3".to_owned(),
        other => format!("version {other:04X}"),
    }
}
