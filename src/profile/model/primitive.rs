//! FHIR's primitive types in JSON (R4 datatypes, "Primitive Types", and R4 json).

use serde_json::{Value, json};

/// One primitive type.
pub struct Primitive {
    pub name: &'static str,
    /// What a value must look like, for messages.
    pub form: &'static str,
    kind: Kind,
}

enum Kind {
    Boolean,
    Integer { least: i64 },
    Decimal,
    Text(fn(&str) -> bool),
}

const PRIMITIVES: &[Primitive] = &[
    text("base64Binary", "base64 text", is_base64),
    Primitive {
        name: "boolean",
        form: "true or false, without quotes",
        kind: Kind::Boolean,
    },
    text("canonical", "a URI without white space", is_uri),
    text(
        "code",
        "a code without leading, trailing or doubled white space",
        is_code,
    ),
    text("date", "a date as YYYY, YYYY-MM or YYYY-MM-DD", is_date),
    text(
        "dateTime",
        "a date as YYYY, YYYY-MM or YYYY-MM-DD, or with a time as YYYY-MM-DDThh:mm:ss and a time zone",
        is_date_time,
    ),
    Primitive {
        name: "decimal",
        form: "a number, without quotes",
        kind: Kind::Decimal,
    },
    text("id", "1 to 64 letters, digits, `-` or `.`", is_id),
    text(
        "instant",
        "a moment as YYYY-MM-DDThh:mm:ss with a time zone",
        is_instant,
    ),
    Primitive {
        name: "integer",
        form: "a whole number of 32 bits, without quotes",
        kind: Kind::Integer {
            least: i32::MIN as i64,
        },
    },
    text(
        "markdown",
        "text that is not blank, has no control characters and at most 1 MB",
        is_string,
    ),
    text("oid", "an OID as urn:oid:1.2.3", is_oid),
    Primitive {
        name: "positiveInt",
        form: "a whole number from 1, without quotes",
        kind: Kind::Integer { least: 1 },
    },
    text(
        "string",
        "text that is not blank, has no control characters and at most 1 MB",
        is_string,
    ),
    text("time", "a time as hh:mm:ss", is_time),
    Primitive {
        name: "unsignedInt",
        form: "a whole number from 0, without quotes",
        kind: Kind::Integer { least: 0 },
    },
    text("uri", "a URI without white space", is_uri),
    text("url", "a URL without white space", is_uri),
    text(
        "uuid",
        "a UUID as urn:uuid: and lower-case hexadecimal digits",
        is_uuid,
    ),
    text("xhtml", "XHTML text", |text| !text.is_empty()),
];

const fn text(name: &'static str, form: &'static str, check: fn(&str) -> bool) -> Primitive {
    Primitive {
        name,
        form,
        kind: Kind::Text(check),
    }
}

impl Primitive {
    /// The primitive type of a name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PRIMITIVES.iter().find(|primitive| primitive.name == name)
    }

    /// All that are checked by form: name of the JSON Schema format, and the check.
    pub fn formats() -> impl Iterator<Item = (String, fn(&str) -> bool)> {
        PRIMITIVES
            .iter()
            .filter_map(|primitive| match primitive.kind {
                Kind::Text(check) => Some((primitive.format(), check)),
                _ => None,
            })
    }

    fn format(&self) -> String {
        format!("fhir-{}", self.name)
    }

    /// JSON Schema of one value.
    pub fn schema(&self) -> Value {
        match self.kind {
            Kind::Boolean => json!({"type": "boolean"}),
            Kind::Integer { least } => {
                json!({"type": "integer", "minimum": least, "maximum": i32::MAX})
            }
            Kind::Decimal => json!({"type": "number"}),
            Kind::Text(_) => json!({"type": "string", "format": self.format()}),
        }
    }
}

/// Longest text, in bytes (R4 datatypes, string: "SHALL NOT exceed 1MB").
const MAX_STRING: usize = 1024 * 1024;

fn is_string(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_STRING && !text.bytes().any(is_control)
}

/// True for what no text may have: the control characters below the space, but tab and line ends.
fn is_control(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn is_uri(text: &str) -> bool {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return false;
    }
    if text.starts_with("urn:uuid:") {
        // In lower case (R4 datatypes, uri).
        return is_uuid(text);
    }
    if text.starts_with("urn:oid:") {
        return is_oid(text);
    }
    true
}

/// Single spaces between words, and no other white space; that of XML, as in the type's pattern.
fn is_code(text: &str) -> bool {
    text.split(' ')
        .all(|word| !word.is_empty() && !word.contains(['\t', '\n', '\r']))
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

fn is_oid(text: &str) -> bool {
    let Some(numbers) = text.strip_prefix("urn:oid:") else {
        return false;
    };
    let mut parts = numbers.split('.');
    matches!(parts.next(), Some("0" | "1" | "2"))
        && numbers.contains('.')
        && parts.all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'))
        })
}

fn is_uuid(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else {
        return false;
    };
    uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn is_base64(text: &str) -> bool {
    let mut count = 0usize;
    let mut padding = 0usize;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'=' => padding += 1,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'/' if padding == 0 => {}
            _ => return false,
        }
        count += 1;
    }
    count > 0 && count.is_multiple_of(4) && padding <= 2
}

/// `None` unless exactly that many digits stand there, with their value.
fn digits(bytes: &[u8], from: usize, count: usize) -> Option<u32> {
    let part = bytes.get(from..from + count)?;
    part.iter().try_fold(0u32, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + u32::from(byte - b'0'))
    })
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(year) = digits(bytes, 0, 4).filter(|year| *year > 0) else {
        return false;
    };
    if bytes.len() == 4 {
        return true;
    }
    let Some(month) = digits(bytes, 5, 2).filter(|month| (1..=12).contains(month)) else {
        return false;
    };
    if bytes.get(4) != Some(&b'-') {
        return false;
    }
    if bytes.len() == 7 {
        return true;
    }
    bytes.len() == 10
        && bytes.get(7) == Some(&b'-')
        && digits(bytes, 8, 2).is_some_and(|day| (1..=days_in(year, month)).contains(&day))
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_date_time(text: &str) -> bool {
    match text.split_once('T') {
        None => is_date(text),
        Some(_) => is_instant(text),
    }
}

fn is_instant(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => return false,
    };
    date.len() == 10 && is_date(date) && is_time(clock) && is_zone(zone)
}

fn is_zone(zone: &str) -> bool {
    if zone == "Z" {
        return true;
    }
    let bytes = zone.as_bytes();
    bytes.len() == 6
        && bytes.get(3) == Some(&b':')
        && digits(bytes, 1, 2)
            .zip(digits(bytes, 4, 2))
            .is_some_and(|(hours, minutes)| {
                hours < 14 && minutes < 60 || hours == 14 && minutes == 0
            })
}

fn is_time(text: &str) -> bool {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let bytes = clock.as_bytes();
    bytes.len() == 8
        && bytes.get(2) == Some(&b':')
        && bytes.get(5) == Some(&b':')
        && digits(bytes, 0, 2).is_some_and(|hour| hour < 24)
        && digits(bytes, 3, 2).is_some_and(|minute| minute < 60)
        && digits(bytes, 6, 2).is_some_and(|second| second <= 60)
        && fraction.is_none_or(|fraction| {
            !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_r4() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            (
                "date",
                &["2020", "2020-02", "2020-02-29"],
                &["20", "2020-13", "2021-02-29", "2020-1-1", "2020-02-29T"],
            ),
            (
                "dateTime",
                &[
                    "2020",
                    "2020-01-01T00:00:00Z",
                    "2020-01-01T23:59:59.123+02:00",
                ],
                &[
                    "2020-01-01T00:00Z",
                    "2020-01-01T00:00:00",
                    "2020-01T00:00:00Z",
                ],
            ),
            (
                "instant",
                &[
                    "2020-01-01T00:00:00Z",
                    "2020-01-01T00:00:00+14:00",
                    "2020-01-01T00:00:00-13:59",
                ],
                &[
                    "2020-01-01",
                    "2020-01-01T00:00:00+14:01",
                    "2020-01-01T00:00:00+15:00",
                    "2020-01-01T00:00:00+10:60",
                    "2020-01-01T00:00:00+1000",
                    "2020-01-01T00:00:00+10-00",
                    "2020-01-01T00:00:00+10:000",
                ],
            ),
            (
                "time",
                &["10:00:00", "10:00:60", "10:00:00.0"],
                &[
                    "10:00",
                    "24:00:00",
                    "10:60:00",
                    "10:00:61",
                    "10-00:00",
                    "10:00-00",
                    "10:00:00.",
                    "10:00:00.a",
                    "10:00:000",
                ],
            ),
            (
                "string",
                &["a", "a\tb\r\n", &"x".repeat(1024 * 1024)],
                &["", " ", "a\u{0}", &"x".repeat(1024 * 1024 + 1)],
            ),
            (
                "code",
                &["a b", "a\u{a0}"],
                &["", " a", "a ", "a  b", "a\tb"],
            ),
            ("id", &["A-1.b"], &["", "a_b", &"x".repeat(65)]),
            (
                "oid",
                &["urn:oid:1.2.3", "urn:oid:0.0"],
                &[
                    "1.2.3",
                    "urn:oid:3.1",
                    "urn:oid:1.02",
                    "urn:oid:1",
                    "urn:oid:1.",
                    "urn:oid:1.a",
                    "urn:oid:.1",
                ],
            ),
            (
                "uuid",
                &["urn:uuid:01234567-89ab-cdef-0123-456789abcdef"],
                &[
                    "urn:uuid:01234567-89AB-cdef-0123-456789abcdef",
                    "urn:uuid:1",
                ],
            ),
            (
                "base64Binary",
                &["YWJj", "YWI=", "YW Jj"],
                &["%%", "abc", "a=bc"],
            ),
            ("uri", &["http://a", "x"], &["", "a b", "urn:uuid:1"]),
        ];
        for (name, good, bad) in cases {
            let Some(Primitive {
                kind: Kind::Text(check),
                ..
            }) = Primitive::by_name(name)
            else {
                panic!("{name}");
            };
            for text in *good {
                assert!(check(text), "{name} {text}");
            }
            for text in *bad {
                assert!(!check(text), "{name} {text}");
            }
        }
    }
}
