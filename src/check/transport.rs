//! Requests without a complete answer: whose fault that is.

use super::{Answer, Finding};
use crate::http::exchange::{FailureKind, TransportFailure};

/// What to say where one of the exchanges has no answer to judge.
pub(super) fn failure(answer: &Answer, target_answers: bool) -> Option<Finding> {
    answer
        .exchanges
        .iter()
        .find_map(|exchange| match &exchange.response {
            Err(failure) => Some(finding(failure, target_answers)),
            Ok(response) if response.status == 429 => Some(too_many_requests()),
            Ok(_) => None,
        })
}

/// 429 (RFC 6585) answers another question than the one that was asked.
fn too_many_requests() -> Finding {
    Finding::error(
        "an answer to the request",
        "status 429: the target limits the rate of requests, also after waiting",
    )
    .fix("raise the limit for the tests, or run with fewer --jobs")
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
        | FailureKind::NoToken
        | FailureKind::ForeignOrigin => false,
        FailureKind::Interrupted => return Finding::blocked(failure.message.clone()),
    };
    // Some messages say themselves what to do.
    let (actual, advice) = match failure.message.rsplit_once("; ") {
        Some((actual, advice)) => (actual, advice),
        None => (failure.message.as_str(), advice(failure.kind)),
    };
    let finding = if is_fault {
        Finding::fail(expected, actual)
    } else {
        Finding::error(expected, actual)
    };
    finding.fix(advice)
}

/// What to do where the message does not say it.
fn advice(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Timeout => "answer sooner, or allow more time with --timeout",
        FailureKind::TooLarge => "answer with less at once, in pages",
        FailureKind::RedirectLoop => "answer the request where it is sent, or end the redirects",
        FailureKind::Malformed => "look in the server's log for why the answer broke off",
        FailureKind::ForeignOrigin => {
            "point to the origin under test, or allow the other with --allow-origins"
        }
        _ => "check that the server is up and reachable, and run again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture::exchanged;
    use crate::outcome::Verdict;

    #[test]
    fn a_limited_rate_tells_nothing() {
        let answer = |status| Answer {
            exchanges: vec![std::sync::Arc::new(exchanged(status, ""))],
            searched: None,
            paging: crate::check::Paging::FirstOnly,
        };
        assert_eq!(
            failure(&answer(429), true).map(|finding| finding.verdict),
            Some(Verdict::Error)
        );
        assert!(failure(&answer(503), true).is_none());
    }

    #[test]
    fn wrong_answers_fail_and_missing_ones_cannot_be_told() {
        let verdict = |kind, answers| {
            let failure = TransportFailure {
                kind,
                message: "m".into(),
            };
            finding(&failure, answers).verdict
        };
        let told = TransportFailure {
            kind: FailureKind::Connect,
            message: "cannot connect; start it".into(),
        };
        let told = finding(&told, true);
        assert_eq!(
            (told.actual.as_str(), told.fix.as_deref()),
            ("cannot connect", Some("start it"))
        );
        for (kind, advised) in [
            (FailureKind::Timeout, "--timeout"),
            (FailureKind::TooLarge, "in pages"),
            (FailureKind::RedirectLoop, "redirects"),
            (FailureKind::Malformed, "log"),
            (FailureKind::ForeignOrigin, "--allow-origins"),
            (FailureKind::Reset, "run again"),
        ] {
            let failure = TransportFailure {
                kind,
                message: "m".into(),
            };
            let fix = finding(&failure, true).fix.unwrap_or_default();
            assert!(fix.contains(advised), "{kind:?}: {fix}");
        }
        assert_eq!(verdict(FailureKind::TooLarge, true), Verdict::Fail);
        assert_eq!(verdict(FailureKind::Malformed, false), Verdict::Fail);
        assert_eq!(verdict(FailureKind::Connect, true), Verdict::Error);
        assert_eq!(verdict(FailureKind::ForeignOrigin, true), Verdict::Error);
        assert_eq!(verdict(FailureKind::Timeout, true), Verdict::Fail);
        assert_eq!(verdict(FailureKind::Timeout, false), Verdict::Error);
        assert_eq!(verdict(FailureKind::Interrupted, true), Verdict::Skip);
    }
}
