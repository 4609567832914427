//! Places in the page and the ways to them.

use std::fmt::Write;

use serde::Serialize;

use crate::outcome::{CaseOutcome, TestOutcome};
use crate::report::words::word;

/// Links from one place at most.
const MOST: usize = 6;

/// The id of a place in the page. Different names have different places: what may not stand in an
/// id is written as its number.
pub(super) fn anchor(kind: char, name: &str) -> String {
    let mut anchor = format!("{kind}-");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/') {
            anchor.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(anchor, "_{byte:02x}");
        }
    }
    anchor
}

/// The place of a test.
pub(super) fn of_test(id: &str) -> String {
    anchor('t', id)
}

/// The place of a case.
pub(super) fn of_case(id: &str) -> String {
    anchor('c', id)
}

/// The place of a requirement.
pub(super) fn of_requirement(id: &str) -> String {
    anchor('r', id)
}

/// The place of an exchange.
pub(super) fn of_exchange(id: &str) -> String {
    anchor('x', id)
}

/// A URL that may be followed: of the web only, since a target's words can hold other schemes.
pub(super) fn web(url: &str) -> Option<String> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web.then(|| url.to_owned())
}

/// A way to a test.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Link {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) verdict: &'static str,
}

/// Ways to tests, and how many more there are.
#[derive(Debug, Default, Serialize)]
pub(super) struct Links {
    pub(super) shown: Vec<Link>,
    pub(super) more: usize,
}

/// What tells a test from the others of its case: its row, else its id.
pub(super) fn row<'o>(test: &'o TestOutcome, case: &CaseOutcome) -> &'o str {
    test.id
        .strip_prefix(case.id.as_str())
        .and_then(|row| row.strip_prefix('/'))
        .unwrap_or(&test.id)
}

/// The way to a test.
pub(super) fn to(test: &TestOutcome) -> Link {
    Link {
        anchor: of_test(&test.id),
        name: test.id.clone(),
        verdict: word(test.verdict),
    }
}

impl Links {
    /// Adds a way, where it is not the last one added.
    pub(super) fn push(&mut self, link: Link) {
        if self
            .shown
            .last()
            .is_some_and(|last| last.anchor == link.anchor)
        {
        } else if self.shown.len() < MOST {
            self.shown.push(link);
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_names_have_different_places() {
        assert_eq!(of_test("case/Patient._id"), "t-case/Patient._5fid");
        assert_eq!(anchor('x', "a b\"é"), "x-a_20b_22_c3_a9");
        assert_ne!(of_test("a_20b"), of_test("a b"));
    }

    #[test]
    fn only_the_web_is_followed() {
        assert!(web("https://hl7.eu/x").is_some());
        for url in ["javascript:alert(1)", "data:text/html,x", "HTTPS", "//x"] {
            assert_eq!(web(url), None);
        }
    }
}
