//! What a case says to an authorization server → a request.

use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::fill::{Missing, text};
use super::identity;
use super::ready::Ready;
use crate::auth::{Change, Changes, Signature, TokenForm};
use crate::check::Scope;
use crate::http::{Authorization, Client, Grant, Identity, NoToken, Request};
use crate::suite::{
    Authenticated, DiscoveredRequest, IntrospectRequest, Sent, Template, TokenChange, TokenRequest,
};

impl From<NoToken> for Missing {
    fn from(why: NoToken) -> Self {
        Self::blocked(why.to_string())
    }
}

/// A request to the token endpoint.
pub(super) fn token(
    written: &TokenRequest,
    scope: &Scope,
    client: &Client,
) -> Result<Ready, Missing> {
    let authorization = authorization(client)?;
    let mut changes = Changes {
        signature: signature(written.signature.as_ref(), scope)?,
        ..Changes::default()
    };
    let mut form_changes = Vec::new();
    for change in &written.change {
        let part = text(&change.part, scope)?;
        let (names, change) = (text(&change.member, scope)?, content(change, scope)?);
        for name in names.split_ascii_whitespace().map(str::to_owned) {
            match part.as_str() {
                "" => {}
                "header" => drop(changes.header.insert(name, change.clone())),
                "claims" => drop(changes.claims.insert(name, change.clone())),
                "form" => form_changes.push((name, change.clone())),
                other => {
                    let problem = format!("a token request has no part `{other}`");
                    return Err(Missing::blocked(problem));
                }
            }
        }
    }
    let client_name = authorization.clients().get(written.client);
    let client_name = client_name.ok_or_else(|| {
        Missing::not_applicable(format!(
            "the run has no client number {}; add one under [clients.NAME] in the settings file",
            written.client + 1
        ))
    })?;
    let grant = Grant {
        client: Some(client_name.name.clone()),
        scope: filled(written.scope.as_ref(), scope)?,
        ..Grant::default()
    };
    let mut form = authorization.form(&grant, &changes)?;
    for (name, change) in &form_changes {
        match change {
            Change::Absent => form.set(name, None),
            Change::Value(Value::String(text)) => form.set(name, Some(text)),
            Change::Value(other) => form.set(name, Some(&other.to_string())),
            Change::InSeconds(seconds) => form.set(name, Some(&seconds.to_string())),
        }
    }
    let request = send(
        authorization.endpoint()?.clone(),
        form,
        written.sent,
        client,
    );
    Ok(Ready::single(request, title("token", written.sent)))
}

/// A request to the introspection endpoint, about a token.
pub(super) async fn introspect(
    written: &IntrospectRequest,
    scope: &Scope,
    client: &Client,
) -> Result<Ready, Missing> {
    let authorization = authorization(client)?;
    let endpoint = authorization.discovered.introspection_endpoint.clone();
    let endpoint = endpoint.ok_or_else(|| {
        Missing::not_applicable("no introspection_endpoint is announced".to_owned())
    })?;
    let token = identity::text(client, &text(&written.token, scope)?).await?;
    let mut form = TokenForm { fields: Vec::new() };
    if written.authenticated == Authenticated::Assertion {
        form = authorization.form(&Grant::default(), &Changes::default())?;
        form.set("grant_type", None);
        form.set("scope", None);
    }
    form.set("token", Some(token.expose()));
    let mut request = send(endpoint, form, written.sent, client);
    if written.authenticated == Authenticated::Bearer {
        let bearer = identity::text(client, "run").await?;
        let value = format!("Bearer {}", bearer.expose());
        request.headers.push(("authorization".to_owned(), value));
    }
    Ok(Ready::single(request, title("introspection", written.sent)))
}

/// A GET of a URL that the discovery document names.
pub(super) fn discovered(
    written: &DiscoveredRequest,
    scope: &Scope,
    client: &Client,
) -> Result<Ready, Missing> {
    let found = &authorization(client)?.discovered;
    let member = text(&written.member, scope)?;
    let url = match member.as_str() {
        "jwks_uri" => found.jwks_uri.clone(),
        "token_endpoint" => found.token_endpoint.clone(),
        "introspection_endpoint" => found.introspection_endpoint.clone(),
        _ => None,
    };
    let url = url.ok_or_else(|| Missing::not_applicable(format!("no {member} is announced")))?;
    let request = Request {
        identity: Identity::Anonymous,
        headers: vec![accept()],
        ..Request::get(url)
    };
    Ok(Ready::single(request, format!("GET {member}")))
}

fn authorization(client: &Client) -> Result<&Authorization, Missing> {
    let authorization = client.authorization();
    authorization.ok_or_else(|| Missing::blocked(NoToken::NoClient.to_string()))
}

fn title(endpoint: &str, sent: Sent) -> String {
    match sent {
        Sent::Form => format!("POST to the {endpoint} endpoint"),
        Sent::Query => format!("GET of the {endpoint} endpoint"),
        Sent::Json => format!("POST of JSON to the {endpoint} endpoint"),
        Sent::Twice => format!("POST to the {endpoint} endpoint with a field twice"),
    }
}

/// The request with its form, sent as it should be or not. Each is sent anew: an assertion is good
/// for one request.
fn send(endpoint: Url, mut form: TokenForm, sent: Sent, client: &Client) -> Request {
    client.keep_secret(form.secrets());
    let mut request = Request {
        method: Method::POST,
        headers: vec![accept()],
        identity: Identity::Anonymous,
        fresh: true,
        ..Request::get(endpoint)
    };
    match sent {
        Sent::Form => request.body = Some(form.encode()),
        Sent::Twice => {
            form.fields.extend(form.fields.first().cloned());
            request.body = Some(form.encode());
        }
        Sent::Query => {
            request.method = Method::GET;
            request.url.set_query(Some(&form.encode()));
        }
        Sent::Json => {
            request.body = Some(form.to_json());
            let media_type = "application/json".to_owned();
            request
                .headers
                .push(("content-type".to_owned(), media_type));
        }
    }
    request
}

fn accept() -> (String, String) {
    ("accept".to_owned(), "application/json".to_owned())
}

fn signature(written: Option<&Template>, scope: &Scope) -> Result<Signature, Missing> {
    let word = filled(written, scope)?.unwrap_or_default();
    Ok(match word.as_str() {
        "" | "own" => Signature::Own,
        "other-key" => Signature::OtherKey,
        "other-kind" => Signature::OtherKind,
        "hmac" => Signature::Hmac,
        "absent" => Signature::Absent,
        "tampered" => Signature::Tampered,
        "stale" => Signature::Stale,
        other => {
            return Err(Missing::blocked(format!(
                "no signature is called `{other}`"
            )));
        }
    })
}

/// What a change makes of its members.
fn content(change: &TokenChange, scope: &Scope) -> Result<Change, Missing> {
    if let Some(seconds) = filled(change.seconds.as_ref(), scope)? {
        let seconds = seconds.parse();
        return seconds
            .map(Change::InSeconds)
            .map_err(|_| Missing::blocked("`seconds` is no whole number".to_owned()));
    }
    let Some(content) = filled(change.content.as_ref(), scope)? else {
        return Ok(Change::Absent);
    };
    let json = content.starts_with(['[', '{']);
    let json = json.then(|| serde_json::from_str(&content).ok()).flatten();
    Ok(Change::Value(json.unwrap_or(Value::String(content))))
}

/// A template's text, where it renders to any.
fn filled(written: Option<&Template>, scope: &Scope) -> Result<Option<String>, Missing> {
    let text = written.map(|written| text(written, scope)).transpose()?;
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn change(content: Option<&str>, seconds: Option<&str>) -> Result<Change, Missing> {
        let template = |text: &str| serde_json::from_value(text.into()).unwrap();
        let change = TokenChange {
            part: template("claims"),
            member: template("aud"),
            content: content.map(template),
            seconds: seconds.map(template),
        };
        super::content(&change, &Scope::new(&BTreeMap::new()))
    }

    #[test]
    fn changes_are_texts_times_or_json() {
        let value = |content| change(Some(content), None).ok().unwrap();
        assert_eq!(value("x"), Change::Value("x".into()));
        assert_eq!(value("[1]"), Change::Value(serde_json::json!([1])));
        assert_eq!(value("[1"), Change::Value("[1".into()));
        assert_eq!(value(""), Change::Absent);
        assert_eq!(change(None, None).ok().unwrap(), Change::Absent);
        assert_eq!(
            change(Some("x"), Some("-5")).ok().unwrap(),
            Change::InSeconds(-5)
        );
        assert!(change(None, Some("soon")).is_err());
    }
}
