//! The token endpoint (RFC 6749 section 4.4, SMART Backend Services).

use axum::body::Body;
use axum::http::request::Parts;
use serde_json::json;

use super::assertion::{Caller, authenticate};
use super::form;
use super::instance::Authorization;
use super::response::{Failure, json};
use crate::auth::{ASSERTION_TYPE, CLIENT_CREDENTIALS};
use crate::provider::model::{Defect, Form, Reply, Scope, Terms, scope};
use crate::provider::seams::FaultSet;

pub(super) async fn answer(
    authorization: &Authorization,
    faults: &FaultSet,
    parts: &Parts,
    body: Body,
) -> Result<Reply, Failure> {
    let mut form = form::read(faults, parts, body).await?;
    faults.misread(&mut form);
    faults.overlook(check_grant_type(&form))?;
    let caller = caller(authorization, faults, &form)?;
    let audience = authorization.issuer.audience(form.get("resource"))?;
    let mut terms = Terms {
        scope: granted(faults, form.get("scope"), &caller)?,
        lifetime: authorization.lifetime(&caller.id),
        allowed: caller.scope,
        reference: None,
    };
    faults.grant(&mut terms);
    let mut token =
        authorization
            .issuer
            .issue(&caller.id, audience, &terms.scope, terms.lifetime)?;
    if let Some(length) = terms.reference {
        token = authorization.issuer.refer(token, length)?;
    }
    let mut answer = json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": terms.lifetime,
    });
    // Nobody asked for one where a fault lets such a request pass.
    if form.get("scope").is_some() {
        answer["scope"] = scope::write(&terms.scope).into();
    }
    Ok(json(200, answer))
}

fn check_grant_type(form: &Form) -> Result<(), Defect> {
    match form.get("grant_type") {
        Some(CLIENT_CREDENTIALS) => Ok(()),
        Some(_) => Err(Defect::GrantTypeOther),
        None => Err(Defect::GrantTypeMissing),
    }
}

/// The client that the form's assertion speaks for. A secret is never taken in its place.
fn caller(authorization: &Authorization, faults: &FaultSet, form: &Form) -> Result<Caller, Defect> {
    let Some(assertion) = form.get("client_assertion") else {
        faults.overlook(Err(Defect::AssertionMissing))?;
        return Ok(Caller::unknown());
    };
    faults.overlook(match form.get("client_assertion_type") {
        Some(ASSERTION_TYPE) => Ok(()),
        _ => Err(Defect::AssertionTypeOther),
    })?;
    let audiences = [authorization.endpoints.token.as_str()];
    let caller = authenticate(authorization, faults, assertion, &audiences)?;
    let other = form.get("client_id").is_some_and(|id| id != caller.id);
    faults.overlook(if other {
        Err(Defect::ClientIdOther)
    } else {
        Ok(())
    })?;
    Ok(caller)
}

/// What of the asked scope is granted: as much as the client is registered for, and something.
fn granted(faults: &FaultSet, asked: Option<&str>, caller: &Caller) -> Result<Vec<Scope>, Defect> {
    let Some(asked) = asked else {
        return faults
            .overlook(Err(Defect::ScopeMissing))
            .map(|()| caller.scope.clone());
    };
    let known = Scope::parse_all(asked);
    if known.is_empty() {
        let of_user: Vec<Scope> = asked
            .split_ascii_whitespace()
            .filter_map(Scope::parse_of_user)
            .collect();
        if !of_user.is_empty() {
            return faults.overlook(Err(Defect::ScopeOfUser)).map(|()| of_user);
        }
        return faults
            .overlook(Err(Defect::ScopeUnknown))
            .map(|()| caller.scope.clone());
    }
    let narrowed = scope::narrow(&known, &caller.scope);
    if narrowed == known {
        return Ok(known);
    }
    match faults.overlook(Err(Defect::ScopeForeign)) {
        Ok(()) => Ok(known),
        Err(_) if !narrowed.is_empty() => Ok(narrowed),
        Err(defect) => Err(defect),
    }
}
