//! Requests without a complete answer: whose fault that is.

use super::{Answer, Finding};
use crate::http::exchange::{FailureKind, TransportFailure};

/// What to say where one of the exchanges has no answer.
pub(super) fn failure(answer: &Answer, target_answers: bool) -> Option<Finding> {
    let failure = answer
        .exchanges
        .iter()
        .find_map(|exchange| exchange.response.as_ref().err())?;
    Some(finding(failure, target_answers))
}

/// Answered wrongly is the target's fault; not reached at all is nobody's. A single time-out while
/// others are answered is the target's too.
fn finding(failure: &TransportFailure, target_answers: bool) -> Finding {
    let expected = "a complete HTTP answer within the limits";
    let is_fault = match failure.kind {
        FailureKind::TooLarge | FailureKind::RedirectLoop | FailureKind::Malformed => true,
        FailureKind::Timeout => target_answers,
        FailureKind::Connect
        | FailureKind::Tls
        | FailureKind::Reset
        | FailureKind::ForeignOrigin => false,
        FailureKind::Interrupted => return Finding::blocked(failure.message.clone()),
    };
    if is_fault {
        Finding::fail(expected, &failure.message)
    } else {
        Finding::error(expected, &failure.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Verdict;

    #[test]
    fn wrong_answers_fail_and_missing_ones_cannot_be_told() {
        let verdict = |kind, answers| {
            let failure = TransportFailure {
                kind,
                message: "m".into(),
            };
            finding(&failure, answers).verdict
        };
        assert_eq!(verdict(FailureKind::TooLarge, true), Verdict::Fail);
        assert_eq!(verdict(FailureKind::Malformed, false), Verdict::Fail);
        assert_eq!(verdict(FailureKind::Connect, true), Verdict::Error);
        assert_eq!(verdict(FailureKind::ForeignOrigin, true), Verdict::Error);
        assert_eq!(verdict(FailureKind::Timeout, true), Verdict::Fail);
        assert_eq!(verdict(FailureKind::Timeout, false), Verdict::Error);
        assert_eq!(verdict(FailureKind::Interrupted, true), Verdict::Skip);
    }
}
