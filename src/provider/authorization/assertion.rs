//! Client authentication by a signed JWT (RFC 7523 section 3; SMART App Launch 2.2,
//! client-confidential-asymmetric).

use jsonwebtoken::Algorithm;

use super::instance::Authorization;
use super::jws::{self, Jws};
use super::registry::{Key, Registered};
use crate::provider::model::{Defect, Scope};
use crate::provider::seams::FaultSet;

/// Seconds that `exp` may be ahead.
const FARTHEST: f64 = 300.0;

/// Who is asking.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) id: String,
    /// What may be asked for at most.
    pub(super) scope: Vec<Scope>,
}

/// Reads who sent an assertion that is meant for one of these audiences.
pub(super) fn authenticate(
    authorization: &Authorization,
    faults: &FaultSet,
    text: &str,
    audiences: &[&str],
) -> Result<Caller, Defect> {
    let jws = Jws::open(text).ok_or(Defect::AssertionMalformed)?;
    faults.overlook(check_type(&jws))?;
    faults.overlook(check_key_set_url(&jws))?;
    let client = client(authorization, faults, &jws)?;
    check_signature(authorization, faults, client, &jws)?;
    faults.overlook(check_issuer(&jws, client))?;
    faults.overlook(check_subject(&jws, client))?;
    faults.overlook(check_audience(&jws, audiences))?;
    let now = jws::now();
    faults.overlook(check_expiry(&jws, now))?;
    faults.overlook(check_begin(&jws, now))?;
    faults.overlook(check_id(&jws))?;
    faults.overlook(check_replay(authorization, faults, &jws, client, now))?;
    Ok(client.map_or_else(Caller::unknown, Caller::new))
}

impl Caller {
    /// Somebody who is let in without being registered may do what anybody may.
    pub(super) fn unknown() -> Self {
        Self {
            id: "unknown".to_owned(),
            scope: Scope::parse_all("system/*.rs"),
        }
    }

    fn new(client: &Registered) -> Self {
        Self {
            id: client.id.clone(),
            scope: client.scope.clone(),
        }
    }
}

fn check_type(jws: &Jws<'_>) -> Result<(), Defect> {
    let fits = jws::text(&jws.header, "typ").is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"));
    require(fits, Defect::TypeOther)
}

/// No client is registered with the URL of its keys.
fn check_key_set_url(jws: &Jws<'_>) -> Result<(), Defect> {
    require(!jws.header.contains_key("jku"), Defect::KeySetUrl)
}

/// The client that `iss` or `sub` names; both are compared with it later.
fn client<'a>(
    authorization: &'a Authorization,
    faults: &FaultSet,
    jws: &Jws<'_>,
) -> Result<Option<&'a Registered>, Defect> {
    let named =
        |claim| jws::text(&jws.claims, claim).and_then(|id| authorization.registry.find(id));
    let found = named("iss").or_else(|| named("sub"));
    let known = found.is_some();
    faults.overlook(require(known, Defect::ClientUnknown))?;
    Ok(found)
}

fn check_signature(
    authorization: &Authorization,
    faults: &FaultSet,
    client: Option<&Registered>,
    jws: &Jws<'_>,
) -> Result<(), Defect> {
    faults.distrust(jws.algorithm())?;
    let algorithm = match algorithm(jws.algorithm()) {
        Ok(algorithm) => algorithm,
        // Without an algorithm there is nothing to verify.
        Err(defect) => return faults.overlook(Err(defect)),
    };
    let keys = keys(authorization, faults, client, jws)?;
    let fitting: Vec<&Key> = keys.into_iter().filter(|key| key.fits(algorithm)).collect();
    if fitting.is_empty() {
        return faults.overlook(Err(Defect::KeyKind));
    }
    let signed = fitting
        .iter()
        .any(|key| jws.is_signed_by(&key.key, algorithm));
    faults.overlook(require(signed, Defect::Signature))
}

fn algorithm(name: &str) -> Result<Algorithm, Defect> {
    match name {
        "RS384" => Ok(Algorithm::RS384),
        "ES384" => Ok(Algorithm::ES384),
        _ if name.eq_ignore_ascii_case("none") => Err(Defect::Unsigned),
        "HS256" | "HS384" | "HS512" => Err(Defect::Hmac),
        _ => Err(Defect::AlgorithmOther),
    }
}

/// The key that the header names. Where a fault looks away, any of the client's keys will do.
fn keys<'a>(
    authorization: &'a Authorization,
    faults: &FaultSet,
    client: Option<&'a Registered>,
    jws: &Jws<'_>,
) -> Result<Vec<&'a Key>, Defect> {
    let Some(client) = client else {
        return Ok(authorization.registry.keys());
    };
    let named = jws::text(&jws.header, "kid");
    match client.key(named) {
        Ok(key) => Ok(vec![key]),
        Err(Defect::KeyUnknown) if authorization.registry.has_key(named) => faults
            .overlook(Err(Defect::KeyForeign))
            .map(|()| authorization.registry.keys()),
        Err(defect) => faults.overlook(Err(defect)).map(|()| client.keys()),
    }
}

fn check_issuer(jws: &Jws<'_>, client: Option<&Registered>) -> Result<(), Defect> {
    let issuer = jws::text(&jws.claims, "iss").ok_or(Defect::IssuerMissing)?;
    require(is(client, issuer), Defect::IssuerOther)
}

fn check_subject(jws: &Jws<'_>, client: Option<&Registered>) -> Result<(), Defect> {
    let subject = jws::text(&jws.claims, "sub").ok_or(Defect::SubjectMissing)?;
    require(is(client, subject), Defect::SubjectOther)
}

fn is(client: Option<&Registered>, id: &str) -> bool {
    client.is_none_or(|client| client.id == id)
}

fn check_audience(jws: &Jws<'_>, audiences: &[&str]) -> Result<(), Defect> {
    require(jws.claims.contains_key("aud"), Defect::AudienceMissing)?;
    let meant = audiences
        .iter()
        .any(|audience| jws::is_for(&jws.claims, audience));
    require(meant, Defect::AudienceOther)
}

fn check_expiry(jws: &Jws<'_>, now: i64) -> Result<(), Defect> {
    let ahead = jws::time(&jws.claims, "exp").ok_or(Defect::ExpiryMissing)? - seconds(now);
    require(ahead > 0.0, Defect::Expired)?;
    require(ahead <= FARTHEST, Defect::ExpiryFar)
}

fn check_begin(jws: &Jws<'_>, now: i64) -> Result<(), Defect> {
    let begun = ["nbf", "iat"]
        .iter()
        .all(|claim| jws::time(&jws.claims, claim).is_none_or(|time| time <= seconds(now)));
    require(begun, Defect::NotYetValid)
}

fn check_id(jws: &Jws<'_>) -> Result<(), Defect> {
    let named = jws::text(&jws.claims, "jti").is_some_and(|id| !id.is_empty());
    require(named, Defect::IdMissing)
}

fn check_replay(
    authorization: &Authorization,
    faults: &FaultSet,
    jws: &Jws<'_>,
    client: Option<&Registered>,
    now: i64,
) -> Result<(), Defect> {
    let (Some(client), Some(id)) = (client, jws::text(&jws.claims, "jti")) else {
        return Ok(());
    };
    // No assertion is valid for longer.
    let expiry = now + FARTHEST as i64;
    let owner = faults.remember(&client.id);
    let new = authorization.replays.is_new(owner, id, expiry, now);
    require(new, Defect::IdReplayed)
}

fn require(holds: bool, otherwise: Defect) -> Result<(), Defect> {
    if holds { Ok(()) } else { Err(otherwise) }
}

fn seconds(time: i64) -> f64 {
    time as f64
}
