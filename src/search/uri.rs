//! URI parameters (FHIR R4 search, uri): equal, character by character.

use serde_json::Value;

use super::matching::{Match, rule};

/// Whether a `uri` or `canonical` is the one that was asked for.
pub(super) fn matches(asked: &str, value: &Value) -> Match {
    let held = value.as_str().unwrap_or_default();
    let unversioned = |text: &str| -> String {
        let url = text.split_once('|').map_or(text, |(url, _)| url);
        url.trim_end_matches('/').to_owned()
    };
    Match::graded(
        held == asked,
        unversioned(held) == unversioned(asked),
        rule::URI_VERSION,
    )
}
