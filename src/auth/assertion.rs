//! The signed statement by which a client tells who it is (RFC 7523, SMART Backend Services).

use aws_lc_rs::hmac;
use serde_json::{Map, Value, json};

use super::claims::apply;
use super::{Changes, KeyError, Secret, SigningKey, base64url, random_text};

/// Seconds for which an assertion is valid: SMART allows 300 at most.
const LIFETIME: i64 = 240;

/// How an assertion is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Signature {
    /// By the client's key.
    #[default]
    Own,
    /// By a key of the same kind that nobody has registered.
    OtherKey,
    /// By a key of the other kind, with its algorithm in the header.
    OtherKind,
    /// HMAC with the text of the public key as its secret, as if the header's algorithm were that.
    Hmac,
    /// Not at all: the signature is empty.
    Absent,
    /// By the client's key, then changed.
    Tampered,
    /// By the client's key, over another assertion: the claims were changed after signing.
    Stale,
}

/// Why an assertion could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a client assertion: {0}")]
pub struct AssertionError(#[from] KeyError);

/// What an assertion is made of.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    pub key: &'a SigningKey,
    pub client_id: &'a str,
    /// URL of the token endpoint.
    pub audience: &'a str,
    /// Seconds since 1970.
    pub now: i64,
    pub changes: &'a Changes,
}

impl Assertion<'_> {
    /// The assertion in compact form (RFC 7515 section 7.1), sound but for the changes.
    ///
    /// # Errors
    /// Where the key does not sign, or the system has no randomness to give.
    pub fn sign(&self) -> Result<Secret, AssertionError> {
        let how = self.changes.signature;
        let algorithm = self.key.algorithm();
        let other = match how {
            Signature::OtherKey => Some(SigningKey::generate(algorithm)?),
            Signature::OtherKind => Some(SigningKey::generate(algorithm.other())?),
            _ => None,
        };
        let key = other.as_ref().unwrap_or(self.key);
        let claims = self.claims()?;
        let header = self.header(key);
        let input = signing_input(&header, &claims);
        let signature = match how {
            Signature::Own | Signature::OtherKey | Signature::OtherKind => {
                key.sign(input.as_bytes())?
            }
            Signature::Absent => Vec::new(),
            Signature::Hmac => self.hmac(input.as_bytes())?,
            Signature::Tampered => tampered(key.sign(input.as_bytes())?),
            Signature::Stale => {
                let mut before = claims.clone();
                before.insert("jti".to_owned(), random_text()?.into());
                key.sign(signing_input(&header, &before).as_bytes())?
            }
        };
        Ok(Secret::new(format!("{input}.{}", base64url(&signature))))
    }

    fn header(&self, key: &SigningKey) -> Map<String, Value> {
        let mut header = object(json!({
            "alg": key.algorithm().name(),
            "kid": self.key.kid(),
            "typ": "JWT",
        }));
        apply(&mut header, &self.changes.header, self.now);
        header
    }

    fn claims(&self) -> Result<Map<String, Value>, KeyError> {
        let mut claims = object(json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience,
            "exp": self.now.saturating_add(LIFETIME),
            "jti": random_text()?,
        }));
        apply(&mut claims, &self.changes.claims, self.now);
        Ok(claims)
    }

    /// What a verifier computes that takes a public key for the secret of an HMAC.
    fn hmac(&self, input: &[u8]) -> Result<Vec<u8>, KeyError> {
        let secret = self.key.public_pem()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Ok(hmac::sign(&key, input).as_ref().to_vec())
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn signing_input(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let encode = |members: &Map<String, Value>| {
        base64url(Value::Object(members.clone()).to_string().as_bytes())
    };
    format!("{}.{}", encode(header), encode(claims))
}

/// The signature with one bit changed in its middle, so that its form stays sound.
fn tampered(mut signature: Vec<u8>) -> Vec<u8> {
    let middle = signature.len() / 2;
    if let Some(byte) = signature.get_mut(middle) {
        *byte ^= 1;
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Algorithm, Change, from_base64url};
    use aws_lc_rs::signature::{
        ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA384, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    const NOW: i64 = 1_800_000_000;

    fn parts(text: &str) -> (Value, Value, Vec<u8>) {
        let parts: Vec<&str> = text.split('.').collect();
        let json = |part: &str| serde_json::from_slice(&from_base64url(part).unwrap()).unwrap();
        (
            json(parts[0]),
            json(parts[1]),
            from_base64url(parts[2]).unwrap(),
        )
    }

    fn sign(key: &SigningKey, changes: &Changes) -> String {
        let assertion = Assertion {
            key,
            client_id: "me",
            audience: "https://as.example/token",
            now: NOW,
            changes,
        };
        assertion.sign().unwrap().expose().to_owned()
    }

    fn is_signed_by(key: &SigningKey, text: &str) -> bool {
        let (input, _) = text.rsplit_once('.').unwrap();
        let (_, _, signature) = parts(text);
        let (algorithm, public): (&'static dyn VerificationAlgorithm, Vec<u8>) =
            match key.algorithm() {
                Algorithm::Rs384 => {
                    let jwk = key.public().unwrap();
                    let [n, e] = [jwk.n, jwk.e].map(|text| from_base64url(&text.unwrap()).unwrap());
                    (
                        &RSA_PKCS1_2048_8192_SHA384,
                        crate::auth::der::sequence_of_integers(&[&n, &e]),
                    )
                }
                Algorithm::Es384 => {
                    let jwk = key.public().unwrap();
                    let mut point = vec![4];
                    for part in [jwk.x, jwk.y] {
                        point.extend(from_base64url(&part.unwrap()).unwrap());
                    }
                    (&ECDSA_P384_SHA384_FIXED, point)
                }
            };
        UnparsedPublicKey::new(algorithm, public)
            .verify(input.as_bytes(), &signature)
            .is_ok()
    }

    #[test]
    fn a_sound_assertion_says_who_to_whom_and_until_when() {
        for algorithm in [Algorithm::Rs384, Algorithm::Es384] {
            let key = SigningKey::generate(algorithm).unwrap();
            let text = sign(&key, &Changes::default());
            let (header, claims, _) = parts(&text);
            assert_eq!(
                header,
                json!({ "alg": algorithm.name(), "kid": key.kid(), "typ": "JWT" })
            );
            assert_eq!(claims["iss"], "me");
            assert_eq!(claims["sub"], "me");
            assert_eq!(claims["aud"], "https://as.example/token");
            assert_eq!(claims["exp"], NOW + LIFETIME);
            assert!(is_signed_by(&key, &text));
            let (_, again, _) = parts(&sign(&key, &Changes::default()));
            assert_ne!(claims["jti"], again["jti"]);
        }
    }

    #[test]
    fn each_part_can_be_wrong_on_its_own() {
        let key = SigningKey::generate(Algorithm::Es384).unwrap();
        let change = |name: &str, change: Change| [(name.to_owned(), change)].into();
        let changes = Changes {
            header: change("typ", Change::Value("at+jwt".into())),
            claims: change("nbf", Change::InSeconds(60)),
            ..Changes::default()
        };
        let text = sign(&key, &changes);
        let (header, claims, _) = parts(&text);
        assert_eq!(
            (&header["typ"], &claims["nbf"]),
            (&"at+jwt".into(), &(NOW + 60).into())
        );
        assert!(is_signed_by(&key, &text));
        let without = Changes {
            claims: change("exp", Change::Absent),
            ..Changes::default()
        };
        assert_eq!(parts(&sign(&key, &without)).1.get("exp"), None);
        for signature in [
            Signature::OtherKey,
            Signature::OtherKind,
            Signature::Hmac,
            Signature::Absent,
            Signature::Tampered,
            Signature::Stale,
        ] {
            let changes = Changes {
                signature,
                ..Changes::default()
            };
            let text = sign(&key, &changes);
            assert!(!is_signed_by(&key, &text), "{signature:?}");
            assert_eq!(parts(&text).0["kid"], key.kid());
            let other = signature == Signature::OtherKind;
            assert_eq!(parts(&text).0["alg"], if other { "RS384" } else { "ES384" });
        }
    }
}
