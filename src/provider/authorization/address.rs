//! Where the authorization server is: beside the FHIR API.

/// Where the authorization server lies below the server's root.
pub(super) const PATH: &str = "/authorization";
pub(super) const TOKEN: &str = "token";
pub(super) const INTROSPECTION: &str = "introspect";
pub(super) const KEYS: &str = "jwks";

/// Absolute URLs.
#[derive(Debug, Clone)]
pub(in crate::provider) struct Endpoints {
    /// The authorization server itself.
    pub(in crate::provider) issuer: String,
    pub(in crate::provider) token: String,
    pub(in crate::provider) introspection: String,
    pub(in crate::provider) keys: String,
}

impl Endpoints {
    pub(super) fn below(root: &str) -> Self {
        let url = |name: &str| format!("{root}{PATH}/{name}");
        Self {
            issuer: format!("{root}{PATH}"),
            token: url(TOKEN),
            introspection: url(INTROSPECTION),
            keys: url(KEYS),
        }
    }
}
