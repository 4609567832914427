//! Tokens of a run: obtained when they are first needed, kept, and renewed before they expire.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use tokio::sync::Mutex as AsyncMutex;
use url::{Origin, Url};

use super::identity::Grant;
use super::response::Response;
use crate::auth::{
    Assertion, AssertionError, Changes, Granted, NotGranted, SigningKey, SmartConfiguration,
    TokenForm, granted,
};

/// A token is renewed so long before it expires, or a third of its life where that is less.
const MARGIN: Duration = Duration::from_secs(30);
/// The life of a token whose life is not told.
const UNKNOWN_LIFE: Duration = Duration::from_secs(60);
/// What is asked for where nothing else is known.
const ALL: &str = "system/*.rs";
/// A server that counts in whole seconds may end a token so much earlier than it says.
const ROUNDING: Duration = Duration::from_secs(1);
/// For so long a refusal is taken as the answer to the same question.
const REFUSED_FOR: Duration = Duration::from_secs(5);
/// Seconds by which clocks may differ before it is mentioned.
const SKEW: i64 = 30;

/// A client as it is registered with the authorization server.
#[derive(Debug)]
pub struct OauthClient {
    /// Name in the settings and in cases.
    pub name: String,
    pub client_id: String,
    pub key: Arc<SigningKey>,
    /// What is asked for, as `scope` of a token request; empty before that is settled.
    scope: OnceLock<String>,
}

impl OauthClient {
    /// A client; without scopes those that are settled later are asked for.
    #[must_use]
    pub fn new(
        name: String,
        client_id: String,
        key: Arc<SigningKey>,
        scope: Option<String>,
    ) -> Self {
        let known = OnceLock::new();
        if let Some(scope) = scope {
            // A new place is empty.
            let _ = known.set(scope);
        }
        Self {
            name,
            client_id,
            key,
            scope: known,
        }
    }

    /// Asks for these scopes from now on, unless others were given.
    pub fn settle(&self, scope: &str) {
        let _ = self.scope.set(scope.to_owned());
    }

    /// What is asked for.
    #[must_use]
    pub fn scope(&self) -> &str {
        self.scope.get().map_or(ALL, String::as_str)
    }
}

/// How a run gets its tokens.
#[derive(Debug)]
pub struct Authorization {
    /// URL of the token endpoint, where one is known.
    pub token_endpoint: Option<Url>,
    /// What the target's discovery document says.
    pub discovered: SmartConfiguration,
    /// For how long the target takes a token after its end, where that is known.
    pub leeway: Option<Duration>,
    clients: Vec<OauthClient>,
    /// Position of the client that leads; at first the run's own.
    leads: AtomicUsize,
    places: Mutex<HashMap<Grant, Arc<AsyncMutex<Place>>>>,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Empty,
    Held(Arc<Held>),
    Refused(NoToken, Instant),
}

/// A token that was granted.
#[derive(Debug)]
pub struct Held {
    pub granted: Granted,
    /// When the request for it was sent.
    pub since: Instant,
    /// When another one is obtained in its place.
    renewal: Instant,
    /// When it expires at the latest, as far as is known.
    pub until: Instant,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    #[error("the run has no client; give --client-id and --key")]
    NoClient,
    #[error(
        "no token endpoint is known; the server's smart-configuration names none: give it with --token-url"
    )]
    NoEndpoint,
    #[error("the run has no client {0:?}; add [clients.{0}] to the settings file")]
    UnknownClient(String),
    #[error("{0}")]
    Assertion(String),
    #[error("no answer of the token endpoint {endpoint}: {message}")]
    Unreachable { endpoint: String, message: String },
    #[error("the token endpoint {endpoint} gave no token: {why}{advice}")]
    Refused {
        endpoint: String,
        why: NotGranted,
        advice: String,
    },
}

impl From<AssertionError> for NoToken {
    fn from(error: AssertionError) -> Self {
        Self::Assertion(error.to_string())
    }
}

impl NoToken {
    /// True where other scopes might be granted.
    #[must_use]
    pub fn is_about_scope(&self) -> bool {
        match self {
            Self::Refused {
                why: NotGranted::Error(error),
                ..
            } => matches!(error.error.as_str(), "invalid_scope" | "access_denied"),
            _ => false,
        }
    }

    /// True where no other client or scope would help: the endpoint's answer is none at all.
    #[must_use]
    pub fn is_of_server(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                why: NotGranted::Malformed(_) | NotGranted::Status(500..),
                ..
            }
        )
    }
}

impl Held {
    /// True where it is still good for a request that is sent now.
    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.renewal
    }

    /// True where it may have expired by now.
    pub(super) fn may_be_over(&self) -> bool {
        self.until <= Instant::now() + ROUNDING
    }
}

impl Authorization {
    /// Tokens of this endpoint for these clients.
    #[must_use]
    pub fn new(
        token_endpoint: Option<Url>,
        discovered: SmartConfiguration,
        clients: Vec<OauthClient>,
    ) -> Self {
        Self {
            token_endpoint,
            discovered,
            leeway: None,
            clients,
            leads: AtomicUsize::new(0),
            places: Mutex::default(),
        }
    }

    /// The same where the target takes tokens for so long after their end.
    #[must_use]
    pub fn with_leeway(self, leeway: Option<Duration>) -> Self {
        Self { leeway, ..self }
    }

    /// Lets the client at this position send what no client is named for.
    pub fn lead_by(&self, position: usize) {
        self.leads.store(position, Ordering::Relaxed);
    }

    /// The client of this name; without a name the one that leads.
    ///
    /// # Errors
    /// Where there is none.
    pub fn client(&self, name: Option<&str>) -> Result<&OauthClient, NoToken> {
        match name {
            None => {
                let leads = self.leads.load(Ordering::Relaxed);
                self.clients.get(leads).ok_or(NoToken::NoClient)
            }
            Some(name) => self
                .clients
                .iter()
                .find(|client| client.name == name)
                .ok_or_else(|| NoToken::UnknownClient(name.to_owned())),
        }
    }

    /// The token endpoint.
    ///
    /// # Errors
    /// Where none is known.
    pub fn endpoint(&self) -> Result<&Url, NoToken> {
        self.token_endpoint.as_ref().ok_or(NoToken::NoEndpoint)
    }

    /// Whether this origin is that of an endpoint that the configuration or the discovery document
    /// names.
    pub(super) fn names(&self, origin: &Origin) -> bool {
        let found = &self.discovered;
        [
            &self.token_endpoint,
            &found.introspection_endpoint,
            &found.jwks_uri,
        ]
        .into_iter()
        .flatten()
        .any(|url| url.origin() == *origin)
    }

    /// All clients, the run's own first.
    #[must_use]
    pub fn clients(&self) -> &[OauthClient] {
        &self.clients
    }

    /// The form of a token request for this grant, now.
    ///
    /// # Errors
    /// Where there is no such client, or its key does not sign.
    pub fn form(&self, grant: &Grant, changes: &Changes) -> Result<TokenForm, NoToken> {
        let client = self.client(grant.client.as_deref())?;
        let assertion = Assertion {
            key: &client.key,
            client_id: &client.client_id,
            audience: self.endpoint()?.as_str(),
            now: Timestamp::now().as_second(),
            changes,
        };
        let scope = grant.scope.as_deref().unwrap_or(client.scope());
        let mut form = TokenForm::new(scope, &assertion.sign()?);
        form.set("resource", grant.resource.as_deref());
        Ok(form)
    }

    /// The token for this grant: the one at hand, or what `ask` brings.
    pub(super) async fn token<F>(
        &self,
        grant: &Grant,
        ask: impl FnOnce(TokenForm) -> F,
    ) -> Result<Arc<Held>, NoToken>
    where
        F: Future<Output = Result<Response, NoToken>>,
    {
        let place = Arc::clone(
            self.places
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(self.explicit(grant))
                .or_default(),
        );
        // One asks, the others wait for what it gets.
        let mut place = place.lock().await;
        match &*place {
            Place::Held(held) if held.is_fresh() => return Ok(Arc::clone(held)),
            Place::Refused(why, when) if when.elapsed() < REFUSED_FOR => return Err(why.clone()),
            _ => {}
        }
        let since = Instant::now();
        let result = match self.form(grant, &Changes::default()) {
            Ok(form) => ask(form).await.and_then(|answer| self.read(&answer, since)),
            Err(problem) => Err(problem),
        };
        match result {
            Ok(held) => {
                let held = Arc::new(held);
                *place = Place::Held(Arc::clone(&held));
                Ok(held)
            }
            Err(why) => {
                *place = Place::Refused(why.clone(), Instant::now());
                Err(why)
            }
        }
    }

    /// Forgets a token, so that the next request gets another.
    pub(super) async fn forget(&self, grant: &Grant, held: &Arc<Held>) {
        let place = self
            .places
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&self.explicit(grant))
            .cloned();
        let Some(place) = place else { return };
        let mut place = place.lock().await;
        if matches!(&*place, Place::Held(known) if Arc::ptr_eq(known, held)) {
            *place = Place::Empty;
        }
    }

    /// The grant with its scope: the same however it was written.
    fn explicit(&self, grant: &Grant) -> Grant {
        let client = self.client(grant.client.as_deref()).ok();
        Grant {
            client: client
                .map(|client| client.name.clone())
                .or(grant.client.clone()),
            scope: match &grant.scope {
                Some(scope) => Some(scope.clone()),
                None => client.map(|client| client.scope().to_owned()),
            },
            resource: grant.resource.clone(),
        }
    }

    fn read(&self, answer: &Response, since: Instant) -> Result<Held, NoToken> {
        let body = answer.json().ok().map(AsRef::as_ref);
        let endpoint = self.endpoint()?.to_string();
        let granted = granted(answer.status, body).map_err(|why| NoToken::Refused {
            endpoint,
            advice: advice(&why, answer),
            why,
        })?;
        let life = granted.expires_in.map_or(UNKNOWN_LIFE, Duration::from_secs);
        // A life beyond a day changes nothing, and could not be added to the clock.
        let life = life.min(Duration::from_secs(24 * 60 * 60));
        let used = life.saturating_sub(ROUNDING).max(life / 2);
        Ok(Held {
            granted,
            since,
            renewal: since + used - MARGIN.min(used / 3),
            until: since + life,
        })
    }
}

/// What to do about a refusal.
fn advice(why: &NotGranted, answer: &Response) -> String {
    let mut advice = match why {
        NotGranted::Error(error) => match error.error.as_str() {
            "invalid_client" => "; register the client with this id, public key and key id (`fhir-assay keys` prints them), and check --client-id, --key and --kid".to_owned(),
            "invalid_scope" => "; name scopes that the client is registered for with --scope".to_owned(),
            "unauthorized_client" => "; allow the client the grant type client_credentials".to_owned(),
            _ => "; look into the authorization server's log".to_owned(),
        },
        NotGranted::Status(404 | 405) => "; check --token-url".to_owned(),
        NotGranted::Status(_) | NotGranted::Malformed(_) => {
            "; check that this is a token endpoint (--token-url)".to_owned()
        }
    };
    if let Some(skew) = skew(answer, Timestamp::now()) {
        advice += &format!(
            "; its clock and this machine's differ by {skew} s, so that assertions may count as expired: set the clocks"
        );
    }
    advice
}

/// Seconds between the clock of whoever answered and ours, where that is worth a word.
fn skew(answer: &Response, now: Timestamp) -> Option<i64> {
    let date = answer.header("date")?.replace("GMT", "+0000");
    let theirs = rfc2822::parse(&date).ok()?.timestamp().as_second();
    let skew = theirs.abs_diff(now.as_second());
    i64::try_from(skew).ok().filter(|skew| *skew > SKEW)
}

#[cfg(test)]
mod tests {
    use super::super::exchange::Header;
    use super::*;
    use crate::auth::Algorithm;

    fn authorization() -> Authorization {
        let key = Arc::new(SigningKey::generate(Algorithm::Es384).unwrap());
        let client = OauthClient::new("main".to_owned(), "c".to_owned(), key, None);
        let endpoint = Url::parse("http://as/token").ok();
        Authorization::new(endpoint, SmartConfiguration::default(), vec![client])
    }

    fn answer(status: u16, body: &str, date: Option<&str>) -> Response {
        let date = date.map(|value| Header {
            name: "date".to_owned(),
            value: value.to_owned(),
        });
        Response::new(
            status,
            date.into_iter().collect(),
            body.as_bytes().to_vec(),
            false,
        )
    }

    #[tokio::test]
    async fn a_token_is_kept_as_long_as_it_lives() {
        let authorization = authorization();
        let asked = AtomicUsize::new(0);
        let ask = |life: u64| {
            let asked = &asked;
            move |_| async move {
                let number = asked.fetch_add(1, Ordering::Relaxed);
                let body = format!(
                    r#"{{"access_token":"t{number}","token_type":"bearer","expires_in":{life}}}"#
                );
                Ok(answer(200, &body, None))
            }
        };
        let token = |held: Arc<Held>| held.granted.access_token.expose().to_owned();
        let own = Grant::default();
        for _ in 0..2 {
            let held = authorization.token(&own, ask(300)).await.unwrap();
            assert_eq!(token(held), "t0");
        }
        let narrow = Grant {
            scope: Some("system/Patient.r".to_owned()),
            ..Grant::default()
        };
        // A token without any life is renewed at once.
        for expected in ["t1", "t2"] {
            let held = authorization.token(&narrow, ask(0)).await.unwrap();
            assert_eq!(token(held), expected);
        }
    }

    #[tokio::test]
    async fn refusals_say_what_to_do_and_are_not_repeated_at_once() {
        let authorization = authorization();
        let refusal = r#"{"error":"invalid_client"}"#;
        let old = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let own = Grant::default();
        let ask = |_| async { Ok(answer(401, refusal, old)) };
        let why = authorization
            .token(&own, ask)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            why.contains("invalid_client") && why.contains("--kid"),
            "{why}"
        );
        assert!(why.contains("set the clocks"), "{why}");
        let never = |_| async { panic!("asked again") };
        assert_eq!(
            authorization
                .token(&own, never)
                .await
                .unwrap_err()
                .to_string(),
            why
        );
        let unknown = Grant {
            client: Some("other".to_owned()),
            ..Grant::default()
        };
        let why = authorization.token(&unknown, never).await.unwrap_err();
        assert!(why.to_string().contains("[clients.other]"), "{why}");
    }
}
