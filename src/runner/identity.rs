//! In whose name a case sends a request → the token for it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fill::Missing;
use crate::auth::{Notation, Right, Secret, base64url, covers, from_base64url};
use crate::http::{Client, Grant, Held, Identity, NoToken, Presented, tampered};
use crate::suite::Who;

/// A token that nobody issued.
const GARBAGE: &str = "fhir-assay.no-such.token";
/// The longest time that a test waits for a token to expire, and how long after that it goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const AFTER: Duration = Duration::from_millis(1100);
/// A server that nobody tests, for which a token is asked that no other may take.
pub const OTHER_SERVER: &str = "https://fhir-assay.invalid/other";

/// The identity that the words of a case mean, or why it cannot be had.
pub(super) async fn identity(words: &str, client: &Client) -> Result<Identity, Missing> {
    let who = Who::parse(words).ok_or_else(|| {
        Missing::blocked(format!("`as: {words}` means nobody; see docs/cases.md"))
    })?;
    Ok(match who {
        Who::Run => Identity::Run,
        Who::Anonymous => Identity::Anonymous,
        Who::Garbage => Identity::Token(Secret::new(GARBAGE)),
        Who::Tampered => match client.bearer() {
            Some(bearer) => Identity::Token(tampered(bearer)),
            None => own(client, Presented::Tampered).await?,
        },
        Who::InQuery => own(client, Presented::InQuery).await?,
        Who::Unsigned => Identity::Token(unsigned(&text(client, "run").await?)),
        Who::Expired => Identity::Token(expired(client).await?),
        Who::OtherAudience => Identity::Token(other_audience(client).await?),
        Who::Client(name) => {
            granted(
                client,
                Grant {
                    client: Some(name),
                    ..Grant::default()
                },
            )
            .await?
        }
        Who::Scope(scope) => narrow(client, scope).await?,
        Who::Also(right) => also(client, &right).await?,
    })
}

/// The token of an identity, as text.
pub(super) async fn text(client: &Client, words: &str) -> Result<Secret, Missing> {
    Ok(match Box::pin(identity(words, client)).await? {
        Identity::Anonymous => Secret::new(""),
        Identity::Token(token) => token,
        Identity::Run | Identity::Visitor => match client.bearer() {
            Some(bearer) => bearer.clone(),
            None => token(client, &Grant::default())
                .await?
                .granted
                .access_token
                .clone(),
        },
        Identity::Granted { grant, presented } => {
            presented.of(&token(client, &grant).await?.granted.access_token)
        }
    })
}

/// The run's own token, shown in this way.
async fn own(client: &Client, presented: Presented) -> Result<Identity, Missing> {
    let grant = Grant::default();
    token(client, &grant).await?;
    Ok(Identity::Granted { grant, presented })
}

async fn token(client: &Client, grant: &Grant) -> Result<std::sync::Arc<Held>, Missing> {
    let held = client.token(grant).await;
    held.map_err(|why| match why {
        NoToken::NoClient | NoToken::UnknownClient(_) => Missing::not_applicable(why.to_string()),
        why => Missing::blocked(why.to_string()),
    })
}

async fn granted(client: &Client, grant: Grant) -> Result<Identity, Missing> {
    token(client, &grant).await?;
    Ok(Identity::Granted {
        grant,
        presented: Presented::Sound,
    })
}

/// A token that gives this right beside those of the run, in the notation of the run's scopes.
pub(super) async fn also(client: &Client, right: &Right) -> Result<Identity, Missing> {
    let Some(own) = client
        .authorization()
        .and_then(|known| known.client(None).ok())
    else {
        return Ok(Identity::Run);
    };
    let scope = own.scope();
    if covers(scope, right) {
        return Ok(Identity::Run);
    }
    let notation = Notation::of(scope).unwrap_or(Notation::SmartV2);
    let more = notation.write(right).unwrap_or_default();
    let grant = Grant {
        scope: Some(format!("{scope} {more}")),
        ..Grant::default()
    };
    let held = token(client, &grant).await?;
    match held.granted.scope.as_deref() {
        Some(given) if !covers(given, right) => Err(Missing::blocked(format!(
            "the authorization server does not grant {more}; register the client for it"
        ))),
        _ => granted(client, grant).await,
    }
}

/// A token for some scopes alone. One that gives more tells nothing of the server.
async fn narrow(client: &Client, scope: String) -> Result<Identity, Missing> {
    let grant = Grant {
        scope: Some(scope.clone()),
        ..Grant::default()
    };
    let held = token(client, &grant).await?;
    let Some(granted_scope) = held.granted.scope.as_deref() else {
        return Err(Missing::blocked(format!(
            "a token for {scope} alone cannot be had: the authorization server does not say the scope of its token"
        )));
    };
    let asked: Vec<&str> = scope.split_ascii_whitespace().collect();
    match granted_scope
        .split_ascii_whitespace()
        .find(|word| !asked.contains(word))
    {
        Some(more) => Err(Missing::blocked(format!(
            "a token for {scope} alone cannot be had: the authorization server grants {more} too"
        ))),
        None => granted(client, grant).await,
    }
}

/// The run's token, or that of a client whose tokens live shorter, once it has expired.
async fn expired(client: &Client) -> Result<Secret, Missing> {
    let authorization = client
        .authorization()
        .ok_or_else(|| Missing::not_applicable(NoToken::NoClient.to_string()))?;
    let leeway = authorization.leeway.ok_or_else(|| {
        Missing::not_applicable(
            "a server may take a token for some time after its end, where clocks differ (RFC 7519 section 4.1.4): say for how many seconds this one does with --leeway, 0 for none".to_owned(),
        )
    })?;
    let mut shortest: Option<std::sync::Arc<Held>> = None;
    for known in authorization.clients() {
        let grant = Grant {
            client: Some(known.name.clone()),
            ..Grant::default()
        };
        let held = token(client, &grant).await?;
        if shortest
            .as_ref()
            .is_none_or(|other| held.until < other.until)
        {
            shortest = Some(held);
        }
    }
    let held = shortest.ok_or_else(|| Missing::not_applicable(NoToken::NoClient.to_string()))?;
    let left = held.until.saturating_duration_since(Instant::now());
    if left > LONGEST_WAIT {
        return Err(Missing::not_applicable(format!(
            "tokens live for {} s, and the test waits for {} s at most; give it a client with shorter ones under [clients.NAME] in the settings file",
            held.until.saturating_duration_since(held.since).as_secs(),
            LONGEST_WAIT.as_secs()
        )));
    }
    tokio::time::sleep(left + leeway + AFTER).await;
    Ok(held.granted.access_token.clone())
}

/// A token for another server. Whether the server under test may take it, only a JWT tells.
async fn other_audience(client: &Client) -> Result<Secret, Missing> {
    let grant = Grant {
        resource: Some(OTHER_SERVER.to_owned()),
        ..Grant::default()
    };
    let none = |why: String| {
        Missing::not_applicable(format!(
            "a token for another server cannot be had of the authorization server: {why}"
        ))
    };
    let held = client
        .token(&grant)
        .await
        .map_err(|why| none(why.to_string()))?;
    let token = &held.granted.access_token;
    let claims = claims(token).ok_or_else(|| none("its tokens are opaque".to_owned()))?;
    match names(&claims["aud"], OTHER_SERVER) {
        true => Ok(token.clone()),
        false => Err(none(
            "it takes no notice of `resource` (RFC 8707)".to_owned(),
        )),
    }
}

/// Whether the audience is this one alone.
fn names(audience: &Value, server: &str) -> bool {
    match audience {
        Value::String(only) => only == server,
        Value::Array(all) => all.iter().all(|one| one == server) && !all.is_empty(),
        _ => false,
    }
}

/// The claims of a token, where it is a JWT.
fn claims(token: &Secret) -> Option<Value> {
    let claims = token.expose().split('.').nth(1)?;
    serde_json::from_slice(&from_base64url(claims)?).ok()
}

/// A JWT without signature that claims what the token claims.
fn unsigned(token: &Secret) -> Secret {
    let claims = claims(token).unwrap_or_else(
        || json!({ "sub": "fhir-assay", "scope": "system/*.rs", "exp": 4_102_444_800_i64 }),
    );
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    let header = json!({ "alg": "none", "typ": "JWT" });
    Secret::new(format!("{}.{}.", part(&header), part(&claims)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsigned_token_claims_what_the_sound_one_does() {
        let body = base64url(br#"{"sub":"me"}"#);
        let text = unsigned(&Secret::new(format!("x.{body}.y")));
        assert_eq!(claims(&text).unwrap(), json!({ "sub": "me" }));
        assert!(text.expose().ends_with('.'));
        let made_up = unsigned(&Secret::new("opaque"));
        assert_eq!(claims(&made_up).unwrap()["sub"], "fhir-assay");
    }

    #[test]
    fn an_audience_is_another_where_it_is_no_other_too() {
        assert!(names(&json!("a"), "a") && names(&json!(["a"]), "a"));
        assert!(!names(&json!(["a", "b"]), "a") && !names(&json!([]), "a"));
        assert!(!names(&json!("b"), "a") && !names(&Value::Null, "a"));
    }
}
