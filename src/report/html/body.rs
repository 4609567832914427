//! Bodies of requests and answers.

use serde::Serialize;

use crate::http::exchange::RecordedBody;

/// Longer bodies are folded.
const SHORT: usize = 1024;

#[derive(Debug, Serialize)]
pub(super) struct Body {
    text: Option<String>,
    /// Unfolded from the start.
    open: bool,
    size: String,
    media_type: String,
    sha256: String,
    note: Option<&'static str>,
}

/// What the page may still hold of bodies, in bytes: it has to open at once.
pub(super) struct Budget(pub(super) usize);

impl Budget {
    pub(super) fn show(&mut self, body: &RecordedBody) -> Body {
        let text = body.text.as_ref().filter(|text| text.len() <= self.0);
        let note = match (&body.text, text) {
            (None, _) => Some("Not kept, by the evidence mode of this run."),
            (Some(_), None) => {
                Some("Left out to keep this page small; exchanges.jsonl beside it has it.")
            }
            (Some(_), Some(_)) if body.cut => {
                Some("Only the beginning; exchanges.jsonl beside this page has it whole.")
            }
            (Some(_), Some(_)) => None,
        };
        self.0 -= text.map_or(0, String::len);
        Body {
            open: body.size as usize <= SHORT,
            text: text.cloned(),
            size: size(body.size),
            media_type: body.media_type.clone().unwrap_or_default(),
            sha256: body.sha256.clone(),
            note,
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024),
        _ => format!(
            "{}.{} MiB",
            bytes / 1_048_576,
            bytes % 1_048_576 * 10 / 1_048_576
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_people_say_them() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (1536, "1.5 KiB"),
            (1_048_576, "1.0 MiB"),
            (u64::MAX, "17592186044415.9 MiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn what_does_not_fit_any_more_is_left_out() {
        let body = RecordedBody::of(None, b"0123456789", 10);
        let mut budget = Budget(15);
        assert!(budget.show(&body).text.is_some());
        let left_out = budget.show(&body);
        assert!(left_out.text.is_none() && left_out.note.is_some());
    }
}
