//! Long bodies are cut in the record; `exchanges.jsonl` beside it has them whole.

use crate::http::exchange::{Exchange, RecordedBody, RecordedRequest, RecordedResponse};
use crate::outcome::RunOutcome;

/// Bodies that are longer are cut.
const LONG: usize = 8 * 1024;
/// What is left of them.
const KEPT: usize = 4 * 1024;

/// The record with long bodies cut; size and hash stay those of the whole.
pub(super) fn long_bodies(outcome: &RunOutcome) -> RunOutcome {
    RunOutcome {
        run: outcome.run.clone(),
        summary: outcome.summary.clone(),
        cases: outcome.cases.clone(),
        // One by one, so that the long bodies are never in memory twice.
        exchanges: outcome.exchanges.iter().map(exchange).collect(),
        requirements: outcome.requirements.clone(),
        untested: outcome.untested.clone(),
        capabilities: outcome.capabilities.clone(),
        diagnostics: outcome.diagnostics.clone(),
    }
}

fn exchange(whole: &Exchange) -> Exchange {
    Exchange {
        id: whole.id.clone(),
        request: RecordedRequest {
            method: whole.request.method.clone(),
            url: whole.request.url.clone(),
            headers: whole.request.headers.clone(),
            body: whole.request.body.as_ref().map(body),
        },
        response: whole.response.as_ref().map(|response| RecordedResponse {
            status: response.status,
            headers: response.headers.clone(),
            body: response.body.as_ref().map(body),
        }),
        failure: whole.failure.clone(),
        timing: whole.timing,
    }
}

fn body(whole: &RecordedBody) -> RecordedBody {
    match &whole.text {
        Some(text) if text.len() > LONG => RecordedBody {
            media_type: whole.media_type.clone(),
            size: whole.size,
            sha256: whole.sha256.clone(),
            text: Some(beginning(text).to_owned()),
            cut: true,
        },
        _ => whole.clone(),
    }
}

/// The beginning of a text, to the end of a character.
fn beginning(text: &str) -> &str {
    (0..=KEPT)
        .rev()
        .find_map(|end| text.get(..end))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_bodies_are_cut_and_between_characters() {
        let short = RecordedBody::of(None, &[b'a'; LONG], usize::MAX);
        assert_eq!(body(&short), short);
        let text = "é".repeat(LONG);
        let long = RecordedBody::of(None, text.as_bytes(), usize::MAX);
        let cut = body(&long);
        assert!(cut.cut && cut.size == text.len() as u64 && cut.sha256 == long.sha256);
        assert_eq!(cut.text.unwrap(), "é".repeat(KEPT / 2));
    }
}
