//! Paging (FHIR R4 http, paging): which matches stand on a page, and where the others are.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::form_urlencoded;

use crate::provider::model::{Refusal, Search, Window};

/// Entries on a page where the client does not say.
const PAGE_SIZE: usize = 10;
/// Entries on a page at most, whatever the client says.
const MOST: usize = 100;
/// Begins the text inside an opaque page token.
const TOKEN_START: &str = "from:";

/// The part of the matches that a search asks for.
pub(super) fn window(search: &Search, total: usize) -> Window {
    let count = search.count.unwrap_or(PAGE_SIZE).min(MOST);
    let start = search.offset.min(total);
    let end = start.saturating_add(count).min(total);
    Window {
        start,
        count: end - start,
        next: (count > 0 && end < total).then_some(end),
        total,
    }
}

/// The value of `_count`.
pub(super) fn count(value: &str) -> Result<usize, Refusal> {
    value
        .parse()
        .map_err(|_| Refusal::invalid(format!("_count must be a number from 0, not '{value}'")))
}

/// The position behind a page token.
pub(super) fn offset(token: &str) -> Result<usize, Refusal> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix(TOKEN_START)?.parse().ok())
        .ok_or_else(|| Refusal::invalid("_page is no token of this server: follow its links"))
}

/// URL of the page that begins at this match. It lists the parameters that were used.
pub(super) fn url(base: &str, search: &Search, start: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(&search.used);
    if let Some(count) = search.count {
        query.append_pair("_count", &count.to_string());
    }
    if start > 0 {
        if let Some(format) = &search.format {
            query.append_pair("_format", format);
        }
        let token = URL_SAFE_NO_PAD.encode(format!("{TOKEN_START}{start}"));
        query.append_pair("_page", &token);
    }
    let query = query.finish();
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{base}/{}{separator}{query}", search.resource_type)
}
