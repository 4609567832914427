//! How an authorization server is to be.

use serde_json::Value;

/// Seconds for which tokens are valid: SMART Backend Services recommends 300 at most.
const LIFETIME: u64 = 300;

/// How the instance's authorization server is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorizationOptions {
    /// Who may ask for tokens.
    pub clients: Vec<Client>,
    /// Seconds for which an access token is valid.
    pub token_lifetime: u64,
    /// Ids of clients, and the seconds for which their tokens are valid instead.
    pub lifetimes: Vec<(String, u64)>,
    /// Resource servers beside this one for which tokens are issued where the client names them as
    /// `resource` (RFC 8707); this one takes no such token.
    pub other_audiences: Vec<String>,
}

impl Default for AuthorizationOptions {
    fn default() -> Self {
        Self {
            clients: Vec::new(),
            token_lifetime: LIFETIME,
            lifetimes: Vec::new(),
            other_audiences: Vec::new(),
        }
    }
}

/// A client as it is registered.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    pub id: String,
    /// Public keys as a JWK Set (RFC 7517); each with `kid`.
    pub jwks: Value,
    /// What the client may ask for at most, with spaces between, such as `system/*.rs`.
    pub scope: String,
}
