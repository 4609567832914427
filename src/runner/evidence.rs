//! How much of what was seen stays in the record: health data is kept only as far as is wanted.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use url::Url;

use crate::http::exchange::{Exchange, ExchangeId};
use crate::outcome::{Evidence, RunOutcome, TestOutcome, Verdict};

/// Takes out of the record what the evidence mode does not keep.
pub(super) fn limit(outcome: &mut RunOutcome) {
    match outcome.run.evidence {
        Evidence::Full => {}
        Evidence::Failures => keep_bodies_of_failures(outcome),
        Evidence::None => {
            for note in &mut outcome.run.notes {
                *note = without_values(note);
            }
            let base = outcome.run.target.url.clone();
            for exchange in &mut outcome.exchanges {
                hide_exchange(exchange, &base);
            }
            outcome
                .cases
                .iter_mut()
                .flat_map(|case| &mut case.tests)
                .for_each(hide_values);
        }
    }
}

fn keep_bodies_of_failures(outcome: &mut RunOutcome) {
    let kept: BTreeSet<ExchangeId> = outcome
        .cases
        .iter()
        .flat_map(|case| &case.tests)
        .filter(|test| test.verdict >= Verdict::Warning)
        .flat_map(|test| &test.steps)
        .flat_map(|step| step.exchanges.iter().cloned())
        .collect();
    for exchange in outcome
        .exchanges
        .iter_mut()
        .filter(|exchange| !kept.contains(&exchange.id))
    {
        drop_bodies(exchange);
    }
}

fn drop_bodies(exchange: &mut Exchange) {
    if let Some(response) = &mut exchange.response {
        response.body = response.body.take().map(|body| body.without_text());
    }
    exchange.request.body = exchange.request.body.take().map(|body| body.without_text());
}

fn hide_exchange(exchange: &mut Exchange, base: &str) {
    drop_bodies(exchange);
    exchange.request.url = hide_url(&exchange.request.url, base);
    let response = exchange
        .response
        .iter_mut()
        .flat_map(|response| &mut response.headers);
    for header in exchange.request.headers.iter_mut().chain(response) {
        let is_harmless = matches!(
            header.name.as_str(),
            "content-type" | "accept" | "content-length" | "date"
        );
        if !is_harmless {
            header.value = digest("text", &header.value);
        }
    }
    if let Some(failure) = &mut exchange.failure {
        failure.message = digest("text", &failure.message);
    }
}

/// Hides ids in the path below the base URL, and values in the query. A URL elsewhere is hidden
/// whole.
fn hide_url(url: &str, base: &str) -> String {
    let parsed = url.strip_prefix(base).zip(Url::parse(url).ok());
    let Some((below, mut url)) = parsed else {
        return digest("url", url);
    };
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), short(&value)))
        .collect();
    if !pairs.is_empty() {
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    let below = below.split(['?', '#']).next().unwrap_or_default();
    let hidden: Vec<String> = below.split('/').map(hide_segment).collect();
    let kept = url.path().strip_suffix(below).unwrap_or_default();
    url.set_path(&format!("{kept}{}", hidden.join("/")));
    url.to_string()
}

/// A segment of a path is an id, unless it is a type, an operation or one of FHIR's own names.
fn hide_segment(segment: &str) -> String {
    let is_type = segment.starts_with(|c: char| c.is_ascii_uppercase())
        && segment.chars().all(|c| c.is_ascii_alphabetic());
    let is_name = segment.is_empty() || segment.starts_with(['_', '$']) || segment == "metadata";
    if is_type || is_name {
        segment.to_owned()
    } else {
        short(segment)
    }
}

/// Kinds of expectations whose words come from the suite alone, with nothing of a target in them.
const PLAIN: &[&str] = &[
    "status",
    "resource",
    "operation-outcome",
    "bundle",
    "at-least",
    "at-most",
    "profile",
    "references",
];

fn hide_values(test: &mut TestOutcome) {
    if let Some(skip) = &mut test.skip {
        skip.reason = without_values(&skip.reason);
    }
    for step in &mut test.steps {
        let verb_and_type = step.title.split(['?', '/']).next().unwrap_or_default();
        step.title = verb_and_type.to_owned();
        for found in &mut step.expectations {
            if found.kind == "fhirpath" && found.expected.contains('\'') {
                found.expected = digest("expression", &found.expected);
            } else if !PLAIN.contains(&found.kind.as_str()) {
                found.expected = without_values(&found.expected);
            }
            found.actual = digest("text", &found.actual);
            found.fix = found.fix.take().map(|fix| without_values(&fix));
            if let Some(skip) = &mut found.skip {
                skip.reason = without_values(&skip.reason);
            }
            for issue in &mut found.issues {
                issue.message = digest("text", &issue.message);
                issue.fix = issue.fix.take().map(|fix| without_values(&fix));
            }
        }
    }
}

/// A text of our own, in which ids and values may stand: a word is kept only if it looks like one,
/// and is no part of a path, a quotation or a query.
fn without_values(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let core = word.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '(' | ')'));
        let is_quoted = core.starts_with('\'') || core.ends_with('\'');
        let is_word = !is_quoted
            && core
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '-' | '\''));
        let is_small_number = core.len() <= 3 && core.chars().all(|c| c.is_ascii_digit());
        let is_definition = core.starts_with("http://hl7.org/");
        if is_word || is_small_number || is_definition {
            word.to_owned()
        } else {
            short(word)
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn digest(kind: &str, text: &str) -> String {
    format!(
        "{kind} of {} characters, sha256 {}",
        text.chars().count(),
        short(text)
    )
}

/// Enough of a hash to tell values apart.
fn short(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_keep_their_shape_and_lose_their_values() {
        let base = "http://h/fhir/";
        let url = "http://h/fhir/Patient/jane?identifier=urn:x|12&_count=2";
        let hidden = hide_url(url, base);
        assert!(hidden.starts_with("http://h/fhir/Patient/"), "{hidden}");
        for value in ["jane", "urn", "12&"] {
            assert!(!hidden.contains(value), "{value} in {hidden}");
        }
        assert!(
            hidden.contains("identifier=") && hidden.contains("_count="),
            "{hidden}"
        );
        for plain in ["http://h/fhir/metadata", "http://h/fhir/Condition/_search"] {
            assert_eq!(hide_url(plain, base), plain);
        }
        assert!(!hide_url("http://other/Patient/jane", base).contains("jane"));
    }

    #[test]
    fn words_of_our_own_stay_and_values_go() {
        for (text, gone) in [
            ("Condition/jane among the matches", "jane"),
            (
                "No patient with the identifier urn:oid:1.2|doe was found.",
                "doe",
            ),
            ("name.family = 'Doe'", "Doe"),
            ("etag: W/\"x\"", "x\""),
        ] {
            let hidden = without_values(text);
            assert!(!hidden.contains(gone), "{hidden}");
        }
        let plain = "it needs 2 patients; name them with --patient";
        assert_eq!(without_values(plain), plain);
    }
}
