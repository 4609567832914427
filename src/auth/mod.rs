//! Nouns of SMART Backend Services: keys, assertions, tokens, scopes and the discovery document.
//!
//! Nothing in here talks to a network; [`http`](crate::http) does, with what is made here.

mod assertion;
mod claims;
mod der;
mod jwk;
mod key;
mod scope;
mod secret;
mod smart_configuration;
mod token;

pub use assertion::{Assertion, AssertionError, Signature};
pub use claims::{Change, Changes};
pub use jwk::{Jwk, Jwks};
pub use key::{Algorithm, KeyError, SigningKey};
pub use scope::{Notation, Right, Rights, covers};
pub use secret::Secret;
pub use smart_configuration::SmartConfiguration;
pub use token::{
    ASSERTION_TYPE, CLIENT_CREDENTIALS, Granted, NotGranted, OauthError, TokenForm, granted,
};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Base64url without padding (RFC 7515 section 2).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes behind base64url, with or without padding.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// A text that nobody can guess: 128 random bits in base64url.
///
/// # Errors
/// Where the system has no randomness to give.
pub fn random_text() -> Result<String, KeyError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(base64url(&bytes))
}
