//! What an instance with an authorization server keeps.

use std::io;

use super::access_token::Issuer;
use super::address::Endpoints;
use super::options::AuthorizationOptions;
use super::registry::Registry;
use super::replay::Replays;

/// What an instance with an authorization server keeps.
#[derive(Debug)]
pub(in crate::provider) struct Authorization {
    pub(super) registry: Registry,
    pub(super) issuer: Issuer,
    pub(super) replays: Replays,
    /// Seconds.
    token_lifetime: u64,
    lifetimes: Vec<(String, u64)>,
    pub(in crate::provider) endpoints: Endpoints,
}

impl Authorization {
    /// Seconds for which a client's tokens are valid.
    pub(super) fn lifetime(&self, client: &str) -> u64 {
        let own = self.lifetimes.iter().find(|(id, _)| id == client);
        own.map_or(self.token_lifetime, |(_, seconds)| *seconds)
    }

    /// For an instance at this root URL, with this FHIR base URL.
    ///
    /// # Errors
    /// Where a client's keys or scopes cannot be read, or the system has no randomness to give.
    pub(in crate::provider) fn new(
        options: AuthorizationOptions,
        root: &str,
        base: &str,
    ) -> io::Result<Self> {
        let endpoints = Endpoints::below(root);
        Ok(Self {
            registry: Registry::new(&options.clients)?,
            issuer: Issuer::new(&endpoints.issuer, base, options.other_audiences)?,
            replays: Replays::default(),
            token_lifetime: options.token_lifetime,
            lifetimes: options.lifetimes,
            endpoints,
        })
    }
}
