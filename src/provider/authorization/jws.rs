//! A JWS in compact form (RFC 7515), opened but not yet believed.

use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Map, Value};

use crate::auth::from_base64url;

/// Header, claims and what is signed.
#[derive(Debug)]
pub(in crate::provider) struct Jws<'t> {
    pub(super) header: Map<String, Value>,
    pub(in crate::provider) claims: Map<String, Value>,
    /// The text that is signed.
    input: &'t str,
    /// Base64url.
    signature: &'t str,
}

impl<'t> Jws<'t> {
    /// Opens it; `None` where it is no JWT.
    pub(in crate::provider) fn open(text: &'t str) -> Option<Self> {
        let (input, signature) = text.rsplit_once('.')?;
        let (header, claims) = input.split_once('.')?;
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            input,
            signature,
        })
    }

    /// The header's algorithm; empty where it has none.
    pub(super) fn algorithm(&self) -> &str {
        text(&self.header, "alg").unwrap_or_default()
    }

    /// True where the signature is that of the key.
    pub(super) fn is_signed_by(&self, key: &DecodingKey, algorithm: Algorithm) -> bool {
        crypto::verify(self.signature, self.input.as_bytes(), key, algorithm).unwrap_or(false)
    }
}

/// A member that is a text.
pub(super) fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name)?.as_str()
}

/// A member that is a time: seconds since 1970, perhaps with a fraction (NumericDate, RFC 7519).
pub(super) fn time(members: &Map<String, Value>, name: &str) -> Option<f64> {
    members.get(name)?.as_f64()
}

/// True where `aud` is, or has, this value.
pub(super) fn is_for(members: &Map<String, Value>, audience: &str) -> bool {
    match members.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().any(|one| one == audience),
        Some(one) => one == audience,
        None => false,
    }
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn object(part: &str) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&from_base64url(part)?).ok()? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
