//! When a request is worth sending again, how long to wait, and when a target is given up.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::exchange::{FailureKind, TransportFailure};
use super::response::Response;

/// Times that one request is sent again because the target asks to wait.
pub(super) const MAX_WAITS: usize = 3;
/// How often the longest wait that is honoured may be spent in one run.
const WAITS_OF_A_RUN: u32 = 10;
/// The wait where a target limits the rate and does not say for how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);
/// Time-outs in one run after which a request that times out is not sent again: it costs as much
/// time as it is allowed, and the target is known to be slow.
const TIMEOUTS_RETRIED: u32 = 8;
/// Requests in a row without any answer, each with its retry, after which no more are sent: to a
/// target that has never answered, and to one that has.
const GIVE_UP_NEVER_ANSWERED: u32 = 2;
const GIVE_UP: u32 = 16;

/// Whether the target answers at all, and how long it has kept us waiting.
#[derive(Debug, Default)]
pub(super) struct Patience {
    answered: AtomicU64,
    unanswered_in_a_row: AtomicU32,
    timeouts: AtomicU32,
    last_failure: Mutex<Option<TransportFailure>>,
    waited_ms: AtomicU64,
}

impl Patience {
    /// Takes note of what came of a request.
    pub(super) fn note(&self, result: &Result<Response, TransportFailure>) {
        match result {
            Err(failure) if is_transient(failure.kind) => {
                self.unanswered_in_a_row.fetch_add(1, Ordering::Relaxed);
                *self.last_failure() = Some(failure.clone());
            }
            _ => {
                self.answered.fetch_add(1, Ordering::Relaxed);
                self.unanswered_in_a_row.store(0, Ordering::Relaxed);
            }
        }
    }

    /// What went wrong last, where it went wrong so often that no more requests are sent.
    pub(super) fn given_up(&self) -> Option<TransportFailure> {
        let most = if self.has_answered() {
            GIVE_UP
        } else {
            GIVE_UP_NEVER_ANSWERED
        };
        let is_given_up = self.unanswered_in_a_row.load(Ordering::Relaxed) >= most;
        self.last_failure().clone().filter(|_| is_given_up)
    }

    fn last_failure(&self) -> MutexGuard<'_, Option<TransportFailure>> {
        self.last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether to send a request again that failed in this way for the first time.
    pub(super) fn retries(&self, kind: FailureKind) -> bool {
        if kind == FailureKind::Timeout {
            return self.timeouts.fetch_add(1, Ordering::Relaxed) < TIMEOUTS_RETRIED;
        }
        is_transient(kind)
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed) > 0
    }

    /// How long to wait before the request is sent again, where the target asks for it and neither
    /// this wait nor all of them together are too long.
    pub(super) fn wait(&self, response: &Response, longest: Duration) -> Option<Duration> {
        let asked = response
            .header("retry-after")
            .and_then(|value| retry_after(value, Timestamp::now()));
        let wait = match (response.status, asked) {
            (429 | 503, Some(wait)) => wait,
            (429, None) => DEFAULT_WAIT,
            _ => return None,
        };
        if wait > longest {
            return None;
        }
        // A wait of nothing must not be free, or it could be asked for without end.
        let cost = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        let before = self.waited_ms.fetch_add(cost, Ordering::Relaxed);
        let most = longest.saturating_mul(WAITS_OF_A_RUN).as_millis();
        (u128::from(before) < most).then_some(wait)
    }
}

/// Whether a failure tells nothing of what the target would answer.
fn is_transient(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Connect | FailureKind::Tls | FailureKind::Reset | FailureKind::Timeout
    )
}

/// How long to wait as `Retry-After` says (RFC 9110 section 10.2.3): seconds or a date.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
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
    use super::super::exchange::Header;
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

    fn answer(status: u16, retry_after: Option<&str>) -> Response {
        let header = retry_after.map(|value| Header {
            name: "retry-after".into(),
            value: value.into(),
        });
        Response::new(status, header.into_iter().collect(), Vec::new(), false)
    }

    fn failed() -> Result<Response, TransportFailure> {
        Err(TransportFailure {
            kind: FailureKind::Connect,
            message: "cannot connect".into(),
        })
    }

    #[test]
    fn a_target_that_does_not_answer_is_given_up() {
        let patience = Patience::default();
        for _ in 0..GIVE_UP_NEVER_ANSWERED {
            assert_eq!(patience.given_up(), None);
            patience.note(&failed());
        }
        assert_eq!(patience.given_up().unwrap().message, "cannot connect");
        patience.note(&Ok(answer(500, None)));
        for _ in 0..GIVE_UP {
            assert_eq!(patience.given_up(), None);
            patience.note(&failed());
        }
        assert!(patience.given_up().is_some() && patience.has_answered());
    }

    #[test]
    fn slow_targets_are_asked_once() {
        let patience = Patience::default();
        assert!(!patience.retries(FailureKind::TooLarge));
        let retried = (0..100).filter(|_| patience.retries(FailureKind::Timeout));
        assert_eq!(retried.count() as u32, TIMEOUTS_RETRIED);
        assert!(patience.retries(FailureKind::Connect));
    }

    #[test]
    fn waits_are_bounded_one_by_one_and_together() {
        let longest = Duration::from_secs(2);
        let patience = Patience::default();
        assert_eq!(patience.wait(&answer(500, Some("1")), longest), None);
        assert_eq!(patience.wait(&answer(503, None), longest), None);
        assert_eq!(patience.wait(&answer(503, Some("3")), longest), None);
        assert_eq!(
            patience.wait(&answer(429, None), longest),
            Some(DEFAULT_WAIT)
        );
        let granted = (0..100)
            .filter(|_| patience.wait(&answer(503, Some("2")), longest).is_some())
            .count();
        assert_eq!(granted, 10);
    }
}
