//! Assertions that were used, remembered for as long as they are valid (RFC 7523 section 3, rule 7).

use std::collections::HashMap;
use std::sync::Mutex;

use sha2::{Digest, Sha256};

/// Assertions remembered at most. When so many are valid at once, further ones are refused: to forget
/// one would open the door to its replay.
const MOST: usize = 10_000;

type Name = [u8; 32];

/// What was used, by client and `jti`, with the time at which it expires.
#[derive(Debug, Default)]
pub(super) struct Replays(Mutex<HashMap<Name, i64>>);

impl Replays {
    /// Remembers an assertion; false where it was used before.
    pub(super) fn is_new(&self, issuer: &str, id: &str, expiry: i64, now: i64) -> bool {
        let Ok(mut used) = self.0.lock() else {
            return false;
        };
        if used.len() >= MOST {
            used.retain(|_, expiry| *expiry > now);
        }
        let name = Sha256::digest(format!("{}:{issuer}:{id}", issuer.len())).into();
        let known = used.get(&name).is_some_and(|expiry| *expiry > now);
        if known || used.len() >= MOST {
            return false;
        }
        used.insert(name, expiry);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_for_each_issuer_while_it_is_valid() {
        let replays = Replays::default();
        assert!(replays.is_new("a", "1", 100, 0));
        assert!(!replays.is_new("a", "1", 100, 50));
        assert!(replays.is_new("b", "1", 100, 50));
        assert!(replays.is_new("a", "1", 300, 100));
    }

    #[test]
    fn memory_is_bounded_and_nothing_valid_is_forgotten() {
        let replays = Replays::default();
        for id in 0..MOST {
            assert!(replays.is_new("a", &id.to_string(), 100, 0));
        }
        assert!(!replays.is_new("a", "one more", 100, 0));
        assert!(!replays.is_new("a", "0", 100, 0));
        assert!(replays.is_new("a", "later", 300, 100));
    }
}
