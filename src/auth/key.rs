//! Private keys of a client: read, made, and used to sign.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA384, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};

use super::{Jwk, Secret, base64url, der, from_base64url};

/// Bytes of a key file; a longer one is none.
const LONGEST: u64 = 64 * 1024;
/// Bytes of a coordinate of curve P-384.
const COORDINATE: usize = 48;

/// The signature algorithms of SMART Backend Services (RFC 7518 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    #[serde(rename = "RS384")]
    Rs384,
    /// ECDSA on curve P-384 with SHA-384.
    #[serde(rename = "ES384")]
    Es384,
}

impl Algorithm {
    /// As in the header of a JWS.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs384 => "RS384",
            Self::Es384 => "ES384",
        }
    }

    /// The one of the other kind of key.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Rs384 => Self::Es384,
            Self::Es384 => Self::Rs384,
        }
    }
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot read the key {}: {source}; `fhir-assay keys` makes one", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the key {} cannot be used: {source}", path.display())]
    InFile {
        path: PathBuf,
        #[source]
        source: Box<KeyError>,
    },
    #[error(
        "it is neither PEM nor a JWK; give a private key as PEM (PKCS#8, PKCS#1 or SEC1) or as a JSON Web Key"
    )]
    NoKey,
    #[error("it is encrypted; decrypt it first, such as by `openssl pkey -in KEY -out PLAIN`")]
    Encrypted,
    #[error("it is a public key; give the private one of the pair")]
    Public,
    #[error("the JSON Web Key lacks a usable `{0}`; export the private key with all its members")]
    Member(&'static str),
    #[error("the key set holds no key{}; name one of its keys with --kid", named(.0.as_deref()))]
    NotInSet(Option<String>),
    #[error(
        "its type is {0}; SMART Backend Services signs with RSA of 2048 bits or more (RS384) or EC on curve P-384 (ES384)"
    )]
    WrongType(String),
    #[error("its numbers make no sound key: {0}; make another with `fhir-assay keys`")]
    Rejected(String),
    #[error("the system gives no randomness")]
    NoRandomness,
}

fn named(kid: Option<&str>) -> String {
    kid.map_or_else(String::new, |kid| format!(" with the id {kid:?}"))
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

/// A private key with its id.
pub struct SigningKey {
    pair: Pair,
    kid: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {})", self.algorithm().name(), self.kid)
    }
}

impl SigningKey {
    /// A new key for this algorithm; its id is its thumbprint.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let pair = match algorithm {
            Algorithm::Rs384 => {
                RsaKeyPair::generate(KeySize::Rsa3072).map(|pair| Pair::Rsa(Box::new(pair)))
            }
            Algorithm::Es384 => EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)
                .map(|pair| Pair::Ec(Box::new(pair))),
        };
        Self::new(pair.map_err(|_| KeyError::NoRandomness)?, None)
    }

    /// Reads a key file: PEM, a JWK, or a JWK Set, of which `kid` names the key.
    ///
    /// # Errors
    /// Where the file cannot be read or holds no private key that SMART Backend Services knows.
    pub fn read(path: &Path, kid: Option<&str>) -> Result<Self, KeyError> {
        let unreadable = |source| KeyError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        let parsed = if size > LONGEST {
            Err(KeyError::NoKey)
        } else {
            Self::parse(&std::fs::read(path).map_err(unreadable)?, kid)
        };
        parsed.map_err(|source| KeyError::InFile {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// A key from the content of a key file.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub fn parse(bytes: &[u8], kid: Option<&str>) -> Result<Self, KeyError> {
        if let Ok(json) = serde_json::from_slice::<serde_json::Value>(bytes) {
            return Self::from_json(&json, kid);
        }
        Self::new(from_pem(bytes)?, kid)
    }

    fn from_json(json: &serde_json::Value, kid: Option<&str>) -> Result<Self, KeyError> {
        let Some(keys) = json["keys"].as_array() else {
            let own = json["kid"].as_str();
            return Self::new(from_jwk(json)?, kid.or(own));
        };
        let found = match (kid, keys.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(kid), keys) => keys.iter().find(|key| key["kid"] == kid),
        };
        match found {
            Some(key) => Self::new(from_jwk(key)?, kid.or(key["kid"].as_str())),
            None => Err(KeyError::NotInSet(kid.map(str::to_owned))),
        }
    }

    fn new(pair: Pair, kid: Option<&str>) -> Result<Self, KeyError> {
        let mut key = Self {
            pair,
            kid: String::new(),
        };
        key.kid = match kid {
            Some(kid) => kid.to_owned(),
            None => key.public()?.thumbprint().unwrap_or_default(),
        };
        Ok(key)
    }

    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match &self.pair {
            Pair::Rsa(_) => Algorithm::Rs384,
            Pair::Ec(_) => Algorithm::Es384,
        }
    }

    /// The id under which the public key is registered.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key.
    ///
    /// # Errors
    /// Where the key has no sound public part.
    pub fn public(&self) -> Result<Jwk, KeyError> {
        let rejected = || KeyError::Rejected("no sound public part".to_owned());
        let mut jwk = Jwk {
            kty: String::new(),
            kid: (!self.kid.is_empty()).then(|| self.kid.clone()),
            alg: Some(self.algorithm().name().to_owned()),
            usage: None,
            key_ops: Some(vec!["verify".to_owned()]),
            n: None,
            e: None,
            crv: None,
            x: None,
            y: None,
        };
        match &self.pair {
            Pair::Rsa(pair) => {
                let numbers = der::integers(pair.public_key().as_ref()).ok_or_else(rejected)?;
                let [n, e] = numbers.as_slice() else {
                    return Err(rejected());
                };
                jwk.kty = "RSA".to_owned();
                (jwk.n, jwk.e) = (Some(base64url(n)), Some(base64url(e)));
            }
            Pair::Ec(pair) => {
                // Uncompressed point (SEC 1 section 2.3.3): 4, x, y.
                let point = pair.public_key().as_ref();
                let x = point.get(1..=COORDINATE).ok_or_else(rejected)?;
                let y = point.get(COORDINATE + 1..).ok_or_else(rejected)?;
                jwk.kty = "EC".to_owned();
                jwk.crv = Some("P-384".to_owned());
                (jwk.x, jwk.y) = (Some(base64url(x)), Some(base64url(y)));
            }
        }
        Ok(jwk)
    }

    /// The private key as PEM (PKCS#8, RFC 5208).
    ///
    /// # Errors
    /// Where it cannot be written so.
    pub fn to_pem(&self) -> Result<Secret, KeyError> {
        let der = match &self.pair {
            Pair::Rsa(pair) => pair.as_der().map(|der| der.as_ref().to_vec()),
            Pair::Ec(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
        };
        let der = der.map_err(|_| KeyError::Rejected("it cannot be written".to_owned()))?;
        Ok(Secret::new(pem("PRIVATE KEY", &der)))
    }

    /// The public key as PEM (SubjectPublicKeyInfo), such as servers hold it.
    pub(super) fn public_pem(&self) -> Result<String, KeyError> {
        let der = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der().map(|der| der.as_ref().to_vec()),
            Pair::Ec(pair) => pair.public_key().as_der().map(|der| der.as_ref().to_vec()),
        };
        let der = der.map_err(|_| KeyError::Rejected("it cannot be written".to_owned()))?;
        Ok(pem("PUBLIC KEY", &der))
    }

    /// The signature over a JWS signing input (RFC 7515 section 5.1).
    pub(super) fn sign(&self, input: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        let rejected = |_| KeyError::Rejected("it does not sign".to_owned());
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA384, &random, input, &mut signature)
                    .map_err(rejected)?;
                Ok(signature)
            }
            Pair::Ec(pair) => {
                let signature = pair.sign(&random, input).map_err(rejected)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in encoded.as_bytes().chunks(64) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text + "-----END " + label + "-----\n"
}

fn from_pem(bytes: &[u8]) -> Result<Pair, KeyError> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(KeyError::Encrypted);
    }
    let der = PrivateKeyDer::from_pem_slice(bytes).map_err(|_| {
        if text.contains("BEGIN PUBLIC KEY") || text.contains("BEGIN CERTIFICATE") {
            KeyError::Public
        } else {
            KeyError::NoKey
        }
    })?;
    match &der {
        PrivateKeyDer::Pkcs1(der) => rsa(RsaKeyPair::from_der(der.secret_pkcs1_der())),
        PrivateKeyDer::Sec1(der) => ec(EcdsaKeyPair::from_private_key_der(
            &ECDSA_P384_SHA384_FIXED_SIGNING,
            der.secret_sec1_der(),
        )),
        PrivateKeyDer::Pkcs8(der) => {
            let der = der.secret_pkcs8_der();
            let kind = kind_of_pkcs8(der);
            match kind {
                "RSA" => rsa(RsaKeyPair::from_pkcs8(der)),
                "EC on P-384" => ec(EcdsaKeyPair::from_pkcs8(
                    &ECDSA_P384_SHA384_FIXED_SIGNING,
                    der,
                )),
                other => Err(KeyError::WrongType(other.to_owned())),
            }
        }
        _ => Err(KeyError::NoKey),
    }
}

/// What kind of key PKCS#8 holds, by the object identifiers in its head.
fn kind_of_pkcs8(der: &[u8]) -> &'static str {
    const KINDS: &[(&[u8], &str)] = &[
        (
            &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
            "RSA",
        ),
        (
            &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a],
            "RSA-PSS",
        ),
        (&[0x2b, 0x81, 0x04, 0x00, 0x22], "EC on P-384"),
        (&[0x2b, 0x81, 0x04, 0x00, 0x23], "EC on P-521"),
        (
            &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            "EC on P-256",
        ),
        (&[0x2b, 0x65, 0x70], "Ed25519"),
    ];
    let head = der.get(..40).unwrap_or(der);
    let holds = |oid: &[u8]| head.windows(oid.len()).any(|part| part == oid);
    KINDS
        .iter()
        .find(|(oid, _)| holds(oid))
        .map_or("unknown", |(_, kind)| kind)
}

fn rsa(pair: Result<RsaKeyPair, aws_lc_rs::error::KeyRejected>) -> Result<Pair, KeyError> {
    match pair {
        Ok(pair) if pair.public_modulus_len() < 256 => Err(KeyError::WrongType(format!(
            "RSA of {} bits",
            pair.public_modulus_len() * 8
        ))),
        Ok(pair) => Ok(Pair::Rsa(Box::new(pair))),
        Err(error) => Err(KeyError::Rejected(error.to_string())),
    }
}

fn ec(pair: Result<EcdsaKeyPair, aws_lc_rs::error::KeyRejected>) -> Result<Pair, KeyError> {
    pair.map(|pair| Pair::Ec(Box::new(pair)))
        .map_err(|error| KeyError::Rejected(error.to_string()))
}

/// A private JWK (RFC 7518 section 6).
fn from_jwk(jwk: &serde_json::Value) -> Result<Pair, KeyError> {
    let bytes = |name: &'static str| {
        jwk[name]
            .as_str()
            .and_then(from_base64url)
            .ok_or(KeyError::Member(name))
    };
    let kind = jwk["kty"].as_str().ok_or(KeyError::NoKey)?;
    if matches!(kind, "RSA" | "EC") && jwk.get("d").is_none() {
        return Err(KeyError::Public);
    }
    match kind {
        "RSA" => {
            let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
            let numbers = names.map(bytes);
            let mut digits: Vec<Vec<u8>> = vec![vec![0]];
            for number in numbers {
                digits.push(number?);
            }
            let slices: Vec<&[u8]> = digits.iter().map(Vec::as_slice).collect();
            rsa(RsaKeyPair::from_der(&der::sequence_of_integers(&slices)))
        }
        "EC" if jwk["crv"] == "P-384" => {
            let mut point = vec![4];
            point.extend(padded(bytes("x")?));
            point.extend(padded(bytes("y")?));
            ec(EcdsaKeyPair::from_private_key_and_public_key(
                &ECDSA_P384_SHA384_FIXED_SIGNING,
                &padded(bytes("d")?),
                &point,
            ))
        }
        "EC" => Err(KeyError::WrongType(format!(
            "EC on {}",
            jwk["crv"].as_str().unwrap_or("an unknown curve")
        ))),
        other => Err(KeyError::WrongType(other.to_owned())),
    }
}

/// Some writers leave leading zeros out.
fn padded(digits: Vec<u8>) -> Vec<u8> {
    let mut padded = vec![0; COORDINATE.saturating_sub(digits.len())];
    padded.extend(digits);
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_pem() {
        for algorithm in [Algorithm::Rs384, Algorithm::Es384] {
            let key = SigningKey::generate(algorithm).unwrap();
            let pem = key.to_pem().unwrap();
            let again = SigningKey::parse(pem.expose().as_bytes(), None).unwrap();
            assert_eq!(again.public().unwrap(), key.public().unwrap());
            assert_eq!(again.algorithm(), algorithm);
            assert!(!format!("{key:?}").contains("PRIVATE"));
            let named = SigningKey::parse(pem.expose().as_bytes(), Some("k1")).unwrap();
            assert_eq!(named.public().unwrap().kid.as_deref(), Some("k1"));
        }
    }

    /// RFC 7515 appendix A.2 has an RSA key of 2048 bits; of EC on P-384 there is none in the RFCs.
    #[test]
    fn keys_come_as_jwk_too() {
        let key = SigningKey::generate(Algorithm::Es384).unwrap();
        let Pair::Ec(pair) = &key.pair else {
            panic!("no EC key")
        };
        let mut jwk = serde_json::to_value(key.public().unwrap()).unwrap();
        let private: aws_lc_rs::encoding::EcPrivateKeyBin<'_> =
            aws_lc_rs::encoding::AsBigEndian::as_be_bytes(&pair.private_key()).unwrap();
        jwk["d"] = base64url(private.as_ref()).into();
        let set = serde_json::json!({ "keys": [{ "kty": "oct", "kid": "other" }, jwk] });
        let found = SigningKey::parse(set.to_string().as_bytes(), Some(key.kid())).unwrap();
        assert_eq!(found.public().unwrap(), key.public().unwrap());
        let error = SigningKey::parse(set.to_string().as_bytes(), None).unwrap_err();
        assert!(error.to_string().contains("--kid"), "{error}");
    }

    #[test]
    fn rsa_numbers_make_a_key() {
        let key = SigningKey::generate(Algorithm::Rs384).unwrap();
        let Pair::Rsa(pair) = &key.pair else {
            panic!("no RSA key")
        };
        let pkcs8 = pair.as_der().unwrap();
        // PKCS#8 ends in the OCTET STRING with RSAPrivateKey.
        let bytes = pkcs8.as_ref();
        let start = bytes.windows(4).rposition(|four| {
            four[0] == 0x30 && four[1] == 0x82 && {
                let rest = usize::from(four[2]) * 256 + usize::from(four[3]);
                bytes.ends_with(&bytes[bytes.len() - rest..]) && rest > 1500
            }
        });
        let numbers = der::integers(&bytes[start.unwrap()..]).unwrap();
        let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
        let mut jwk = serde_json::json!({ "kty": "RSA", "kid": "mine" });
        for (name, number) in names.iter().zip(&numbers[1..]) {
            jwk[name] = base64url(number).into();
        }
        let found = SigningKey::parse(jwk.to_string().as_bytes(), None).unwrap();
        assert_eq!(found.kid(), "mine");
        assert_eq!(found.public().unwrap().n, key.public().unwrap().n);
        jwk.as_object_mut().unwrap().remove("qi");
        let error = SigningKey::parse(jwk.to_string().as_bytes(), None).unwrap_err();
        assert!(error.to_string().contains("`qi`"), "{error}");
    }

    #[test]
    fn what_is_no_key_says_what_to_do() {
        let public = SigningKey::generate(Algorithm::Es384).unwrap();
        let public_jwk = serde_json::to_string(&public.public().unwrap()).unwrap();
        let public_pem = public.public_pem().unwrap();
        let encrypted = pem("ENCRYPTED PRIVATE KEY", b"x");
        let broken = pem("PRIVATE KEY", b"no key");
        let small = pem("RSA PRIVATE KEY", &der::sequence_of_integers(&[&[0], &[7]]));
        for (content, expected) in [
            ("hello", "neither PEM nor a JWK"),
            ("{}", "neither PEM nor a JWK"),
            (&public_jwk, "public key"),
            (&public_pem, "public key"),
            (&encrypted, "decrypt it first"),
            (&broken, "its type is unknown"),
            (&small, "make another with `fhir-assay keys`"),
            (r#"{"kty":"oct","k":"AA"}"#, "its type is oct"),
            (r#"{"kty":"EC","crv":"P-256","d":"AA"}"#, "EC on P-256"),
            (r#"{"kty":"EC","crv":"P-384","d":"AA"}"#, "`x`"),
            (r#"{"keys":[]}"#, "--kid"),
        ] {
            let error = SigningKey::parse(content.as_bytes(), None)
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = SigningKey::read(Path::new("/no/such/key.pem"), None).unwrap_err();
        assert!(error.to_string().contains("/no/such/key.pem"), "{error}");
    }
}
