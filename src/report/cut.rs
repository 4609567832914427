//! Long bodies are cut in the record; `exchanges.jsonl` beside it has them whole.

use crate::http::exchange::RecordedBody;
use crate::outcome::RunOutcome;

/// Bodies that are longer are cut.
const LONG: usize = 8 * 1024;
/// What is left of them.
const KEPT: usize = 4 * 1024;

/// The record with long bodies cut; size and hash stay those of the whole.
pub(super) fn long_bodies(outcome: &RunOutcome) -> RunOutcome {
    let mut record = outcome.clone();
    for exchange in &mut record.exchanges {
        let response = exchange
            .response
            .as_mut()
            .and_then(|response| response.body.as_mut());
        for body in exchange.request.body.iter_mut().chain(response) {
            cut(body);
        }
    }
    record
}

fn cut(body: &mut RecordedBody) {
    if let Some(text) = &mut body.text
        && text.len() > LONG
    {
        let end = (0..=KEPT).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        body.cut = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_bodies_are_cut_and_between_characters() {
        let mut short = RecordedBody::of(None, &[b'a'; LONG], usize::MAX);
        let whole = short.clone();
        cut(&mut short);
        assert_eq!(short, whole);
        let text = "é".repeat(LONG);
        let mut long = RecordedBody::of(None, text.as_bytes(), usize::MAX);
        cut(&mut long);
        assert!(long.cut && long.size == text.len() as u64);
        assert_eq!(long.text.unwrap(), "é".repeat(KEPT / 2));
    }
}
