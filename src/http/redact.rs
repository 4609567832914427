//! Secrets leave every recorded text here, before anything outside the run sees it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;

use super::Secret;
use super::exchange::Header;

/// What stands in a secret's place.
pub const MARK: &str = "[redacted]";
/// Shorter values would hit text that is no secret.
const SHORTEST: usize = 6;
/// Secrets that are looked for one by one before the finder is built again, at least.
const RECENT: usize = 16;
const SHORTEST_SIGNATURE: usize = 24;
/// Headers that carry credentials, whoever set them.
const CREDENTIALS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
];

/// True for a header that carries credentials, whatever it holds; the name in lower case.
pub(super) fn is_credential(name: &str) -> bool {
    CREDENTIALS.contains(&name)
}

/// The secrets of a run; more may be learnt while it lasts.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    known: RwLock<Known>,
    /// Names of headers whose values are secret, in lower case.
    headers: Vec<String>,
}

#[derive(Debug, Default)]
struct Known {
    forms: BTreeSet<String>,
    /// Finds in one pass all but the recent ones; absent where there is none.
    finder: Option<AhoCorasick>,
    /// Looked for one by one: a run learns a secret with every token, and the finder takes long to
    /// build.
    recent: Vec<Finder<'static>>,
}

impl Known {
    fn learn(&mut self, form: String) {
        if self.forms.insert(form.clone()) {
            self.recent.push(Finder::new(&form).into_owned());
        }
        if self.recent.len() <= RECENT.max(self.forms.len() / 4) {
            return;
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&self.forms);
        // Too many to be found in one pass are still found one by one.
        if let Ok(finder) = finder {
            self.finder = Some(finder);
            self.recent.clear();
        }
    }

    /// Where secrets stand in a text, in order; they may overlap.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let of_finder = self.finder.iter().flat_map(|finder| finder.find_iter(text));
        let mut places: Vec<Range<usize>> = of_finder.map(|found| found.range()).collect();
        for form in &self.recent {
            let found = form.find_iter(text.as_bytes());
            places.extend(found.map(|at| at..at + form.needle().len()));
        }
        places.sort_unstable_by_key(|place| place.start);
        places
    }
}

impl Redactor {
    /// Knows these values in every form in which a target may echo them.
    pub(super) fn new(headers: &[(String, Secret)], bearer: Option<&Secret>) -> Self {
        let redactor = Self {
            known: RwLock::default(),
            headers: headers
                .iter()
                .map(|(name, _)| name.to_ascii_lowercase())
                .collect(),
        };
        redactor.learn(headers.iter().map(|(_, value)| value).chain(bearer));
        redactor
    }

    /// Knows these values too, from now on.
    pub(super) fn learn<'s>(&self, secrets: impl IntoIterator<Item = &'s Secret>) {
        let parts = secrets.into_iter().flat_map(|value| parts(value.expose()));
        let new: Vec<String> = parts
            .flat_map(|part| spellings(&part))
            .filter(|form| form.len() >= SHORTEST)
            .collect();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for form in new {
            known.learn(form);
        }
    }

    /// The text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut clean = String::with_capacity(text.len());
        let mut end = 0;
        for place in known.find(text) {
            // One that holds or overlaps another is taken out with it.
            if place.start >= end {
                clean.push_str(text.get(end..place.start).unwrap_or_default());
                clean.push_str(MARK);
            }
            end = end.max(place.end);
        }
        clean.push_str(text.get(end..).unwrap_or_default());
        clean
    }

    /// A header as it is recorded.
    pub(super) fn header(&self, header: &Header) -> Header {
        let is_secret = is_credential(&header.name) || self.headers.contains(&header.name);
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
/// user name and password of the Basic scheme (RFC 7617) apart. Of a JWS the signature too: what
/// stands before it is of no use without.
fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![value.to_owned()];
    if let [_, _, signature] = value.split('.').collect::<Vec<_>>().as_slice()
        && signature.len() >= SHORTEST_SIGNATURE
    {
        parts.push((*signature).to_owned());
    }
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
    fn what_is_learnt_later_is_gone_too() {
        let redactor = Redactor::default();
        assert_eq!(redactor.text("a.b.c"), "a.b.c");
        let signature = "s".repeat(SHORTEST_SIGNATURE);
        redactor.learn([&Secret::new(format!("head.body.{signature}"))]);
        redactor.learn([&Secret::new("opaque-token")]);
        assert_eq!(
            redactor.text(&format!(
                "head.body.{signature} other.{signature} opaque-token"
            )),
            "[redacted] other.[redacted] [redacted]"
        );
    }

    #[test]
    fn any_number_is_gone_and_what_overlaps_with_it() {
        let redactor = Redactor::default();
        let secret = |number: usize| Secret::new(format!("secret-{number:04}-"));
        for number in 0..3 * RECENT {
            redactor.learn([&secret(number)]);
            let echo = format!("a {} b {} c", secret(0).expose(), secret(number).expose());
            assert_eq!(redactor.text(&echo), "a [redacted] b [redacted] c");
        }
        redactor.learn([&Secret::new("0001-and-more")]);
        assert_eq!(redactor.text("é secret-0001-and-more é"), "é [redacted] é");
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
