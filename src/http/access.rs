//! Whether the target lets the run in at all.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use super::identity::Identity;
use super::request::Request;

/// What became of the requests that the run sent in its own name and that are not open to all.
#[derive(Debug, Default)]
pub(super) struct Access {
    let_in: AtomicBool,
    /// Status of the first refusal; 0 where there was none.
    refusal: AtomicU16,
}

impl Access {
    /// Takes note of the answer to a request.
    pub(super) fn note(&self, request: &Request, status: u16) {
        let path = request.url.path();
        let is_open = path.ends_with("/metadata") || path.contains("/.well-known/");
        if request.identity != Identity::Run || is_open {
            return;
        }
        if matches!(status, 401 | 403) {
            // Only the first counts.
            let _ = self
                .refusal
                .compare_exchange(0, status, Ordering::Relaxed, Ordering::Relaxed);
        } else {
            self.let_in.store(true, Ordering::Relaxed);
        }
    }

    /// The status of the first refusal, where all requests were refused.
    pub(super) fn turned_away(&self) -> Option<u16> {
        let refusal = self.refusal.load(Ordering::Relaxed);
        (refusal != 0 && !self.let_in.load(Ordering::Relaxed)).then_some(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn request(path: &str, identity: Identity) -> Request {
        Request {
            identity,
            ..Request::get(Url::parse("http://h/fhir/").unwrap().join(path).unwrap())
        }
    }

    #[test]
    fn one_who_is_let_in_once_is_not_turned_away() {
        let access = Access::default();
        access.note(&request("metadata", Identity::Run), 200);
        access.note(&request("Patient/1", Identity::Anonymous), 401);
        assert_eq!(access.turned_away(), None);
        access.note(&request("Patient/1", Identity::Run), 403);
        access.note(&request("Patient/2", Identity::Run), 401);
        assert_eq!(access.turned_away(), Some(403));
        access.note(&request("Patient/3", Identity::Run), 404);
        assert_eq!(access.turned_away(), None);
    }
}
