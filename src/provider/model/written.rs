//! A request that would change something, before it is refused.

use axum::http::Method;
use serde_json::Value;

/// A request that would change something.
pub(in crate::provider) struct Written<'w> {
    pub(in crate::provider) method: &'w Method,
    /// Below the base URL, without slashes around it.
    pub(in crate::provider) path: &'w str,
    /// Null where there is none.
    pub(in crate::provider) body: &'w Value,
}
