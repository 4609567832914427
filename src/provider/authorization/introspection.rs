//! Token introspection (RFC 7662, IUA ITI-102).

use axum::body::Body;
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::assertion::authenticate;
use super::bearer::bearer;
use super::form;
use super::instance::Authorization;
use super::response::{Failure, json};
use crate::provider::model::{Defect, Form, Reply, scope};
use crate::provider::seams::FaultSet;

pub(super) async fn answer(
    authorization: &Authorization,
    faults: &FaultSet,
    parts: &Parts,
    body: Body,
) -> Result<Reply, Failure> {
    let form = read(faults, parts, body).await?;
    faults.overlook(check_caller(authorization, parts, &form))?;
    faults.discredit(&parts.headers)?;
    let token = form.get("token").ok_or(Defect::TokenNotNamed)?;
    let mut answer = describe(authorization, token);
    faults.introspect(&mut answer);
    Ok(json(200, answer))
}

/// The form, or the query where a fault looks away from the method.
async fn read(faults: &FaultSet, parts: &Parts, body: Body) -> Result<Form, Defect> {
    let sound = FaultSet::default();
    match form::read(&sound, parts, body).await {
        Err(Defect::Method) => {
            faults.overlook(Err(Defect::IntrospectionMethod))?;
            Ok(form::of_query(parts))
        }
        other => other,
    }
}

/// Whoever asks shows a valid access token, or authenticates as at the token endpoint.
fn check_caller(authorization: &Authorization, parts: &Parts, form: &Form) -> Result<(), Defect> {
    let sound = FaultSet::default();
    let known = if let Some(token) = bearer(&parts.headers) {
        authorization.issuer.open(&sound, token).is_ok()
    } else if let Some(assertion) = form.get("client_assertion") {
        let endpoints = &authorization.endpoints;
        let audiences = [endpoints.token.as_str(), endpoints.introspection.as_str()];
        authenticate(authorization, &sound, assertion, &audiences).is_ok()
    } else {
        false
    };
    if known {
        Ok(())
    } else {
        Err(Defect::CallerUnknown)
    }
}

/// Of a token that is not valid here nothing is said but that.
fn describe(authorization: &Authorization, token: &str) -> Value {
    let Ok(grant) = authorization.issuer.open(&FaultSet::default(), token) else {
        return json!({ "active": false });
    };
    json!({
        "active": true,
        "token_type": "bearer",
        "scope": scope::write(&grant.scope.unwrap_or_default()),
        "client_id": grant.client,
        "sub": grant.client,
        "aud": authorization.issuer.audience,
        "iss": authorization.endpoints.issuer,
        "exp": grant.expiry,
    })
}
