//! Access tokens: JWTs that this instance signs and believes (IUA ITI-71, JWT option).

use std::collections::HashMap;
use std::io;
use std::sync::Mutex;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::{Map, Value, json};

use super::jws::{self, Jws};
use crate::auth::random_text;
use crate::provider::model::{Defect, Scope, scope};
use crate::provider::seams::FaultSet;

/// Id of the instance's key.
const KEY_ID: &str = "access-tokens";

/// Signs and verifies.
pub(super) struct Issuer {
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// The public key.
    pub(super) jwk: Value,
    name: String,
    /// FHIR base URL of the server that takes the tokens.
    pub(super) audience: String,
    others: Vec<String>,
    /// What short references stand for.
    references: Mutex<HashMap<String, String>>,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Issuer({})", self.name)
    }
}

/// What an access token says, where it says it.
#[derive(Debug, Default)]
pub(super) struct Grant {
    pub(super) client: Option<String>,
    /// `None` where nothing limits what may be done.
    pub(super) scope: Option<Vec<Scope>>,
    /// Seconds since 1970.
    pub(super) expiry: Option<i64>,
}

impl Issuer {
    pub(super) fn new(name: &str, audience: &str, others: Vec<String>) -> io::Result<Self> {
        let random = || io::Error::other("the system has no randomness to give");
        let pair =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| random())?;
        let encoding = EncodingKey::from_ec_der(pair.as_ref());
        let mut jwk =
            Jwk::from_encoding_key(&encoding, Algorithm::ES384).map_err(io::Error::other)?;
        jwk.common.key_id = Some(KEY_ID.to_owned());
        Ok(Self {
            decoding: DecodingKey::from_jwk(&jwk).map_err(io::Error::other)?,
            jwk: serde_json::to_value(&jwk)?,
            encoding,
            name: name.to_owned(),
            audience: audience.to_owned(),
            others,
            references: Mutex::default(),
        })
    }

    /// The audience behind the parameter `resource`.
    pub(super) fn audience(&self, resource: Option<&str>) -> Result<&str, Defect> {
        let Some(resource) = resource else {
            return Ok(&self.audience);
        };
        std::iter::once(&self.audience)
            .chain(&self.others)
            .map(String::as_str)
            .find(|known| known.trim_end_matches('/') == resource.trim_end_matches('/'))
            .ok_or(Defect::ResourceUnknown)
    }

    /// A new token for a client.
    pub(super) fn issue(
        &self,
        client: &str,
        audience: &str,
        scopes: &[Scope],
        lifetime: u64,
    ) -> io::Result<String> {
        let mut header = Header::new(Algorithm::ES384);
        header.kid = Some(KEY_ID.to_owned());
        let now = jws::now();
        let claims = json!({
            "iss": self.name,
            "sub": client,
            "client_id": client,
            "aud": audience,
            "jti": random_text().map_err(io::Error::other)?,
            "iat": now,
            "exp": now.saturating_add(i64::try_from(lifetime).unwrap_or(i64::MAX)),
            "scope": scope::write(scopes),
        });
        jsonwebtoken::encode(&header, &claims, &self.encoding).map_err(io::Error::other)
    }

    /// A reference of so many letters that stands for a token here.
    pub(super) fn refer(&self, token: String, length: usize) -> io::Result<String> {
        let mut reference = random_text().map_err(io::Error::other)?;
        reference.truncate(length);
        if let Ok(mut references) = self.references.lock() {
            references.insert(reference.clone(), token);
        }
        Ok(reference)
    }

    /// What a token grants here.
    pub(super) fn open(&self, faults: &FaultSet, token: &str) -> Result<Grant, Defect> {
        let referred = self
            .references
            .lock()
            .ok()
            .and_then(|references| references.get(token).cloned());
        let token = referred.as_deref().unwrap_or(token);
        let Some(jws) = Jws::open(token) else {
            return faults
                .overlook(Err(Defect::TokenMalformed))
                .map(|()| Grant::default());
        };
        faults.overlook(self.check_signature(&jws))?;
        let expiry = jws::time(&jws.claims, "exp");
        let valid = expiry.is_some_and(|expiry| expiry > jws::now() as f64);
        faults.overlook(if valid {
            Ok(())
        } else {
            Err(Defect::TokenExpired)
        })?;
        let meant = jws::is_for(&jws.claims, &self.audience);
        faults.overlook(if meant {
            Ok(())
        } else {
            Err(Defect::TokenAudience)
        })?;
        Ok(Grant {
            client: text(&jws.claims, "client_id"),
            scope: Some(Scope::parse_all(
                &text(&jws.claims, "scope").unwrap_or_default(),
            )),
            expiry: jws.claims.get("exp").and_then(Value::as_i64),
        })
    }

    fn check_signature(&self, jws: &Jws<'_>) -> Result<(), Defect> {
        if jws.algorithm().eq_ignore_ascii_case("none") {
            return Err(Defect::TokenUnsigned);
        }
        let signed =
            jws.algorithm() == "ES384" && jws.is_signed_by(&self.decoding, Algorithm::ES384);
        if signed {
            Ok(())
        } else {
            Err(Defect::TokenSignature)
        }
    }
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    jws::text(claims, name).map(str::to_owned)
}
