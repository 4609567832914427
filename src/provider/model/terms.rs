//! What a token is to grant, before it is issued.

use super::scope::Scope;

/// What is about to be granted.
#[derive(Debug)]
pub(in crate::provider) struct Terms {
    pub(in crate::provider) scope: Vec<Scope>,
    /// Seconds for which the token is valid.
    pub(in crate::provider) lifetime: u64,
    /// What the client is registered for.
    pub(in crate::provider) allowed: Vec<Scope>,
    /// Letters of the token, where it is a mere reference (RFC 6749 section 1.4).
    pub(in crate::provider) reference: Option<usize>,
}
