//! The instance's own authorization server: SMART Backend Services (SMART App Launch 2.2), and what
//! the FHIR side asks of a token.
//!
//! ```text
//! discovery     what clients are told: smart-configuration
//! endpoints     paths beside the FHIR API → token, introspection, keys
//! token         form → client authentication (assertion) → scope → access token
//! guard         FHIR request + access token → let through or refused
//! ```
//! What is wrong with a request is a [`Defect`]; at each of them a fault of the instance may look away.

mod access_token;
mod assertion;
mod defect;
mod discovery;
mod endpoints;
mod form;
mod guard;
mod introspection;
mod jws;
mod options;
mod registry;
mod replay;
mod scope;
mod token;

pub use options::{AuthorizationOptions, Client};

pub(super) use defect::Defect;
pub(super) use discovery::document;
pub(super) use endpoints::answer;
pub(super) use form::Form;
pub(super) use guard::{bearer, check};
pub(super) use jws::Jws;
pub(super) use scope::Scope;
pub(super) use token::Terms;

use std::io;

use self::access_token::Issuer;
use self::registry::Registry;
use self::replay::Replays;

/// What an instance with an authorization server keeps.
#[derive(Debug)]
pub(super) struct Authorization {
    registry: Registry,
    issuer: Issuer,
    replays: Replays,
    /// Seconds.
    token_lifetime: u64,
    lifetimes: Vec<(String, u64)>,
    pub(super) endpoints: Endpoints,
}

/// Absolute URLs.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    /// The authorization server itself.
    pub(super) issuer: String,
    pub(super) token: String,
    pub(super) introspection: String,
    pub(super) keys: String,
}

impl Authorization {
    /// Seconds for which a client's tokens are valid.
    fn lifetime(&self, client: &str) -> u64 {
        let own = self.lifetimes.iter().find(|(id, _)| id == client);
        own.map_or(self.token_lifetime, |(_, seconds)| *seconds)
    }

    /// For an instance at this root URL, with this FHIR base URL.
    ///
    /// # Errors
    /// Where a client's keys or scopes cannot be read, or the system has no randomness to give.
    pub(super) fn new(options: AuthorizationOptions, root: &str, base: &str) -> io::Result<Self> {
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

impl Endpoints {
    fn below(root: &str) -> Self {
        let url = |name: &str| format!("{root}{}/{name}", endpoints::PATH);
        Self {
            issuer: format!("{root}{}", endpoints::PATH),
            token: url(endpoints::TOKEN),
            introspection: url(endpoints::INTROSPECTION),
            keys: url(endpoints::KEYS),
        }
    }
}
