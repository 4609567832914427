//! The clients that are registered, with their keys.

use std::io;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey};

use super::options::Client;
use crate::provider::model::{Defect, Scope};

/// All registered clients.
#[derive(Debug)]
pub(super) struct Registry(Vec<Registered>);

/// A client.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) id: String,
    keys: Vec<Key>,
    /// What it may ask for.
    pub(super) scope: Vec<Scope>,
}

/// A public key of a client.
#[derive(Debug)]
pub(super) struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl Registry {
    /// Reads keys and scopes.
    ///
    /// # Errors
    /// Where they cannot be read: [`io::ErrorKind::InvalidInput`], with the client's id.
    pub(super) fn new(clients: &[Client]) -> io::Result<Self> {
        let registered = clients.iter().map(|client| {
            Registered::new(client).map_err(|problem| {
                let id = &client.id;
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("client {id}: {problem}"),
                )
            })
        });
        Ok(Self(registered.collect::<io::Result<_>>()?))
    }

    pub(super) fn find(&self, id: &str) -> Option<&Registered> {
        self.0.iter().find(|client| client.id == id)
    }

    /// Whether any client has a key with this id.
    pub(super) fn has_key(&self, id: Option<&str>) -> bool {
        self.keys().iter().any(|key| key.id.as_deref() == id)
    }

    /// Every key of every client.
    pub(super) fn keys(&self) -> Vec<&Key> {
        self.0.iter().flat_map(|client| &client.keys).collect()
    }
}

impl Registered {
    fn new(client: &Client) -> Result<Self, String> {
        let jwks: JwkSet = serde_json::from_value(client.jwks.clone())
            .map_err(|error| format!("its keys are no JWK Set: {error}"))?;
        if jwks.keys.is_empty() {
            return Err("its JWK Set holds no key".to_owned());
        }
        let unknown = client
            .scope
            .split_ascii_whitespace()
            .find(|scope| Scope::parse(scope).is_none());
        match unknown {
            Some(scope) => Err(format!("{scope} is no scope that is known here")),
            None => Ok(Self {
                id: client.id.clone(),
                keys: jwks.keys.iter().map(Key::new).collect::<Result<_, _>>()?,
                scope: Scope::parse_all(&client.scope),
            }),
        }
    }

    /// The one key with this id (SMART App Launch 2.2, client-confidential-asymmetric, signature
    /// verification).
    pub(super) fn key(&self, id: Option<&str>) -> Result<&Key, Defect> {
        let id = id.ok_or(Defect::KeyIdMissing)?;
        let mut found = self.keys.iter().filter(|key| key.id.as_deref() == Some(id));
        match (found.next(), found.next()) {
            (None, _) => Err(Defect::KeyUnknown),
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(Defect::KeyAmbiguous),
        }
    }

    pub(super) fn keys(&self) -> Vec<&Key> {
        self.keys.iter().collect()
    }
}

impl Key {
    fn new(jwk: &Jwk) -> Result<Self, String> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Algorithm::RS384,
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P384 => {
                Algorithm::ES384
            }
            _ => return Err("a key is neither RSA nor EC on curve P-384".to_owned()),
        };
        Ok(Self {
            id: jwk.common.key_id.clone(),
            algorithm,
            key: DecodingKey::from_jwk(jwk)
                .map_err(|error| format!("a key cannot be used: {error}"))?,
        })
    }

    /// True where keys of this kind sign by the algorithm.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.algorithm == algorithm
    }
}
