//! Secrets leave every recorded text here, before anything outside the run sees it.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Secret;
use super::exchange::Header;

/// What stands in a secret's place.
pub(super) const MARK: &str = "[redacted]";
/// Shorter values would hit text that is no secret.
const SHORTEST: usize = 6;
/// Headers that carry credentials, whoever set them.
const CREDENTIALS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
];

/// The secrets of a run.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    /// Longer ones first, so that one that holds another is taken out whole.
    secrets: Vec<Secret>,
    /// Names of headers whose values are secret, in lower case.
    headers: Vec<String>,
}

impl Redactor {
    /// Knows these values in every form in which a target may echo them.
    pub(super) fn new(headers: &[(String, Secret)], bearer: Option<&Secret>) -> Self {
        let values = headers.iter().map(|(_, value)| value).chain(bearer);
        let mut forms: BTreeSet<String> = BTreeSet::new();
        for part in values.flat_map(|value| parts(value.expose())) {
            forms.extend(spellings(&part));
        }
        let mut secrets: Vec<String> = forms
            .into_iter()
            .filter(|secret| secret.len() >= SHORTEST)
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self {
            secrets: secrets.into_iter().map(Secret::new).collect(),
            headers: headers
                .iter()
                .map(|(name, _)| name.to_ascii_lowercase())
                .collect(),
        }
    }

    /// The text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.expose()) {
                text.replace(secret.expose(), MARK)
            } else {
                text
            }
        })
    }

    /// A header as it is recorded.
    pub(super) fn header(&self, header: &Header) -> Header {
        let is_secret =
            CREDENTIALS.contains(&header.name.as_str()) || self.headers.contains(&header.name);
        Header {
            name: header.name.clone(),
            value: if is_secret {
                MARK.to_owned()
            } else {
                self.text(&header.value)
            },
        }
    }
}

/// A header's value, and the credentials in it behind their scheme (RFC 9110 section 11.4), with
/// user name and password of the Basic scheme (RFC 7617) apart.
fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![value.to_owned()];
    let Some((scheme, credentials)) = value.split_once(' ') else {
        return parts;
    };
    let is_scheme = ["basic", "bearer", "dpop", "token", "digest"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    if !is_scheme {
        return parts;
    }
    let credentials = credentials.trim();
    parts.push(credentials.to_owned());
    if scheme.eq_ignore_ascii_case("basic")
        && let Some(pair) = STANDARD
            .decode(credentials)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
    {
        parts.extend(
            pair.split_once(':')
                .map(|(_, password)| password.to_owned()),
        );
        parts.push(pair);
    }
    parts
}

/// A secret as it stands in text, in a form or URL, and in JSON.
fn spellings(secret: &str) -> [String; 4] {
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string();
    [
        secret.to_owned(),
        form.replace('+', "%20"),
        form,
        json.trim_matches('"').to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> Header {
        Header {
            name: name.into(),
            value: value.into(),
        }
    }

    #[test]
    fn secrets_are_gone_wherever_they_stand() {
        let basic = format!("Basic {}", STANDARD.encode("user:pass phrase"));
        let headers = [
            ("X-Key", "hush-hush"),
            ("x-other", "hush-hush-longer"),
            ("x-short", "abc"),
            ("authorization", basic.as_str()),
        ]
        .map(|(name, value)| (name.to_owned(), Secret::new(value)));
        let redactor = Redactor::new(&headers, Some(&Secret::new("to/ken\"1")));
        for (text, expected) in [
            (
                "a hush-hush-longer b hush-hush abc",
                "a [redacted] b [redacted] abc",
            ),
            (
                "http://h/?t=to%2Fken%221&p=pass+phrase",
                "http://h/?t=[redacted]&p=[redacted]",
            ),
            ("p=pass%20phrase", "p=[redacted]"),
            (r#"{"t": "to/ken\"1"}"#, r#"{"t": "[redacted]"}"#),
            ("user:pass phrase", "[redacted]"),
            ("Basic of user", "Basic of user"),
        ] {
            assert_eq!(redactor.text(text), expected);
        }
        assert_eq!(redactor.header(&header("authorization", "x")).value, MARK);
        assert_eq!(redactor.header(&header("x-key", "other")).value, MARK);
        assert_eq!(
            redactor.header(&header("location", "/hush-hush")).value,
            "/[redacted]"
        );
    }
}
