//! What clients are told: `[base]/.well-known/smart-configuration` (SMART App Launch 2.2, conformance).

use serde_json::{Value, json};

use super::address::Endpoints;
use crate::auth::{Algorithm, CLIENT_CREDENTIALS};
use crate::provider::model::TYPES;

/// The document, before a fault changes it.
pub(in crate::provider) fn document(endpoints: &Endpoints) -> Value {
    json!({
        "token_endpoint": endpoints.token,
        "introspection_endpoint": endpoints.introspection,
        "jwks_uri": endpoints.keys,
        "grant_types_supported": [CLIENT_CREDENTIALS],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported":
            [Algorithm::Rs384.name(), Algorithm::Es384.name()],
        "scopes_supported": scopes(),
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
        // Required of every server, also of one that never sees a code.
        "code_challenge_methods_supported": ["S256"],
    })
}

/// For each type what is served of it.
fn scopes() -> Vec<String> {
    let all = ["system/*.rs".to_owned(), "system/*.read".to_owned()];
    let each = TYPES.iter().map(|(name, searched)| {
        let rights = if *searched { "rs" } else { "r" };
        format!("system/{name}.{rights}")
    });
    let publishing = ["system/DocumentReference.crds".to_owned()];
    all.into_iter().chain(each).chain(publishing).collect()
}
