//! The discovery document of a SMART server.

use serde_json::Value;
use url::Url;

/// What `[base]/.well-known/smart-configuration` says that a backend client needs (SMART App Launch
/// 2.2, conformance). Members that are not as they should be count as absent; the cases judge them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SmartConfiguration {
    pub token_endpoint: Option<Url>,
    pub introspection_endpoint: Option<Url>,
    pub jwks_uri: Option<Url>,
    pub scopes_supported: Vec<String>,
    pub capabilities: Vec<String>,
    /// `token_endpoint_auth_signing_alg_values_supported`.
    pub signing_algorithms: Vec<String>,
}

impl SmartConfiguration {
    /// Path below the FHIR base URL.
    pub const PATH: &str = ".well-known/smart-configuration";

    /// Reads the document; `None` where it is no JSON object.
    #[must_use]
    pub fn parse(document: &Value) -> Option<Self> {
        let members = document.as_object()?;
        let url = |name: &str| {
            let url = Url::parse(members.get(name)?.as_str()?).ok()?;
            (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
        };
        let list = |name: &str| {
            let values = members.get(name).and_then(Value::as_array);
            values
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        Some(Self {
            token_endpoint: url("token_endpoint"),
            introspection_endpoint: url("introspection_endpoint"),
            jwks_uri: url("jwks_uri"),
            scopes_supported: list("scopes_supported"),
            capabilities: list("capabilities"),
            signing_algorithms: list("token_endpoint_auth_signing_alg_values_supported"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_unusable_counts_as_absent() {
        let document = json!({
            "token_endpoint": "https://as.example/token",
            "introspection_endpoint": "/introspect",
            "jwks_uri": 7,
            "scopes_supported": ["system/*.rs", 1],
            "capabilities": "permission-v2",
        });
        let found = SmartConfiguration::parse(&document).unwrap();
        assert_eq!(
            found.token_endpoint.unwrap().as_str(),
            "https://as.example/token"
        );
        assert_eq!((found.introspection_endpoint, found.jwks_uri), (None, None));
        assert_eq!(found.scopes_supported, ["system/*.rs"]);
        assert!(found.capabilities.is_empty());
        assert_eq!(SmartConfiguration::parse(&json!([])), None);
    }
}
