//! When a request is worth sending again, and when a target is given up.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::exchange::FailureKind;

/// Requests in a row, each with its retry, without any answer, after which no more are sent.
const GIVE_UP_AFTER: u32 = 4;

/// Whether the target answers at all.
#[derive(Debug, Default)]
pub(super) struct Patience {
    answered: AtomicU64,
    unanswered_in_a_row: AtomicU32,
}

impl Patience {
    pub(super) fn note(&self, answered: bool) {
        if answered {
            self.answered.fetch_add(1, Ordering::Relaxed);
            self.unanswered_in_a_row.store(0, Ordering::Relaxed);
        } else {
            self.unanswered_in_a_row.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.unanswered_in_a_row.load(Ordering::Relaxed) >= GIVE_UP_AFTER
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed) > 0
    }
}

/// Whether a second try may help.
pub(super) fn is_transient(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Connect | FailureKind::Tls | FailureKind::Reset | FailureKind::Timeout
    )
}

/// How long to wait as `Retry-After` says (RFC 9110 section 10.2.3): seconds or a date.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // An HTTP date is an RFC 2822 date with `GMT` for the zone.
    let date = rfc2822::parse(&value.replace("GMT", "+0000")).ok()?;
    let wait = date.timestamp().duration_since(now);
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2015-10-21T07:28:00Z".parse().unwrap();
        assert_eq!(retry_after("3", now), Some(Duration::from_secs(3)));
        assert_eq!(
            retry_after("Wed, 21 Oct 2015 07:28:05 GMT", now),
            Some(Duration::from_secs(5))
        );
        assert_eq!(
            retry_after("Wed, 21 Oct 2015 07:00:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
    }

    #[test]
    fn a_target_that_never_answers_is_given_up() {
        let patience = Patience::default();
        for _ in 0..GIVE_UP_AFTER {
            assert!(!patience.is_exhausted());
            patience.note(false);
        }
        assert!(patience.is_exhausted() && !patience.has_answered());
        patience.note(true);
        assert!(!patience.is_exhausted() && patience.has_answered());
    }
}
