//! The one way to a target: bounded, redacting, courteous, and never the same safe request twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use reqwest::Method;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;
use url::Url;

use super::access::Access;
use super::authorization::{Authorization, Held, NoToken};
use super::connection::ClientError;
use super::exchange::{FailureKind, RecordedRequest, Timing, TransportFailure};
use super::failure::failure;
use super::identity::{Grant, Identity, Presented};
use super::redact::MARK;
use super::request::{Request, redirection};
use super::response::{Exchanged, Response};
use super::retry::{MAX_WAITS, Patience};
use super::wire::{Wire, bearer, in_query};
use super::{HttpSettings, Secret};
use crate::auth::TokenForm;

/// Bytes of memory that answers may take in one run once their tests have ended. Of later ones only
/// the beginning is kept, and the same request may be sent again.
const MAX_KEPT: u64 = 256 * 1024 * 1024;
/// The time before a request is sent a second time.
const BEFORE_RETRY: Duration = Duration::from_millis(200);
/// For one request: a token may expire on the way.
const RENEWALS: u8 = 2;

type Shared = Arc<OnceCell<Arc<Exchanged>>>;

/// Sends requests to one target.
pub struct Client {
    base: Url,
    wire: Wire,
    slots: Semaphore,
    seen: Mutex<HashMap<Request, Shared>>,
    patience: Patience,
    authorization: OnceLock<Authorization>,
    access: Access,
    numbers: AtomicU64,
    kept: AtomicU64,
    began: Instant,
}

impl Client {
    /// A client for the server at this base URL.
    ///
    /// # Errors
    /// When a certificate or key file of the settings cannot be used.
    pub fn new(base: Url, settings: HttpSettings) -> Result<Self, ClientError> {
        Ok(Self {
            slots: Semaphore::new(settings.limits.jobs.max(1)),
            seen: Mutex::default(),
            patience: Patience::default(),
            authorization: OnceLock::new(),
            access: Access::default(),
            numbers: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            began: Instant::now(),
            wire: Wire::new(&base, settings)?,
            base,
        })
    }

    /// The FHIR base URL, with a slash at its end.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Requests that may be in flight at once.
    pub fn jobs(&self) -> usize {
        self.wire.settings.limits.jobs.max(1)
    }

    /// Pages that may be followed for one search.
    pub fn max_pages(&self) -> usize {
        self.wire.settings.limits.max_pages
    }

    /// Bytes of bodies after which no more pages of one search are read.
    pub fn max_search(&self) -> u64 {
        self.wire.settings.limits.max_body
    }

    /// Requests sent so far, retries and redirects included.
    pub fn sent(&self) -> u64 {
        self.wire.sent()
    }

    /// True once the target has answered any request.
    pub fn has_answered(&self) -> bool {
        self.patience.has_answered()
    }

    /// True where so much was answered that of some bodies only the beginning was kept.
    pub fn is_full(&self) -> bool {
        self.kept.load(Ordering::Relaxed) > MAX_KEPT
    }

    /// A text that may quote an answer, without the run's secrets.
    pub fn redact(&self, text: &str) -> String {
        self.wire.redactor.text(text)
    }

    /// Requests are sent with tokens from now on, where there is a client to obtain them. Only the
    /// first call counts.
    pub fn authorize(&self, authorization: Authorization) {
        // A second one would be a mistake of the caller without any harm.
        let _ = self.authorization.set(authorization);
    }

    /// The bearer token of the settings.
    pub fn bearer(&self) -> Option<&Secret> {
        self.wire.settings.bearer.as_ref()
    }

    /// How the run gets its tokens; absent before [`Self::authorize`].
    pub fn authorization(&self) -> Option<&Authorization> {
        self.authorization.get()
    }

    /// Keeps these values out of all that is recorded from now on.
    pub fn keep_secret<'s>(&self, secrets: impl IntoIterator<Item = &'s Secret>) {
        self.wire.redactor.learn(secrets);
    }

    /// The status with which the target turned all of the run's own requests away, where it did.
    pub fn turned_away(&self) -> Option<u16> {
        self.access.turned_away()
    }

    /// Whether a URL is on the target's own origin, on one that the settings allow, or on that of an
    /// authorization server which the settings or the target name.
    pub fn may_contact(&self, url: &Url) -> bool {
        let origin = url.origin();
        let allowed = &self.wire.settings.allow_origins;
        self.wire.is_own(url)
            || allowed.iter().any(|allowed| allowed.origin() == origin)
            || self
                .authorization()
                .is_some_and(|named| named.names(&origin))
    }

    /// The token for this grant: the one at hand while it lives, else a new one.
    ///
    /// # Errors
    /// Why there is none, and what to do.
    pub async fn token(&self, grant: &Grant) -> Result<Arc<Held>, NoToken> {
        let authorization = self.authorization().ok_or(NoToken::NoClient)?;
        authorization
            .token(grant, |form| self.ask_token(form))
            .await
    }

    fn ask_token(&self, form: TokenForm) -> BoxFuture<'_, Result<Response, NoToken>> {
        Box::pin(async move {
            let endpoint = self.authorization().ok_or(NoToken::NoClient)?.endpoint()?;
            self.keep_secret(form.secrets());
            let request = Request {
                method: Method::POST,
                body: Some(form.encode()),
                headers: vec![("accept".to_owned(), "application/json".to_owned())],
                identity: Identity::Anonymous,
                ..Request::get(endpoint.clone())
            };
            let answer = self.with_retries(&request).await;
            let answer = answer.map_err(|failure| NoToken::Unreachable {
                endpoint: endpoint.to_string(),
                message: failure.message,
            })?;
            self.keep_secret(&answer.tokens());
            Ok(answer)
        })
    }

    /// Sends a request, or hands out what the same safe request brought before.
    pub async fn send(&self, request: Request) -> Arc<Exchanged> {
        let Some(shared) = self.shared(&request) else {
            return self.exchange(request).await;
        };
        let exchanged = Arc::clone(shared.get_or_init(|| self.exchange(request.clone())).await);
        if !exchanged.is_kept {
            self.seen
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&request);
        }
        exchanged
    }

    /// The place of an exchange that several may wait for; `None` where it is to be made anew.
    fn shared(&self, request: &Request) -> Option<Shared> {
        if request.fresh {
            return None;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = seen.get(request) {
            return Some(Arc::clone(shared));
        }
        (!self.is_full()).then(|| Arc::clone(seen.entry(request.clone()).or_default()))
    }

    async fn exchange(&self, request: Request) -> Arc<Exchanged> {
        // The semaphore is never closed.
        let _slot = self.slots.acquire().await;
        let started = Instant::now();
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let response = match self.given_up(&request) {
            Some(why) => Err(failure(
                FailureKind::Connect,
                format!("not sent, because requests before were not answered: {why}"),
            )),
            None => {
                if let Identity::Token(token) = &request.identity {
                    self.keep_secret([token]);
                }
                let response = self.with_retries(&request).await;
                self.patience.note(&response);
                if let Ok(response) = &response {
                    self.keep_secret(&response.tokens());
                    self.access.note(&request, response.status);
                }
                response
            }
        };
        let weight = response.as_ref().map_or(0, Response::weight);
        let before = self.kept.fetch_add(weight, Ordering::Relaxed);
        Arc::new(Exchanged {
            number,
            request: self.record(&request),
            response,
            timing: Timing {
                started_ms: millis(started - self.began),
                duration_ms: millis(started.elapsed()),
            },
            is_kept: before.saturating_add(weight) <= MAX_KEPT || weight == 0,
            redactor: Arc::clone(&self.wire.redactor),
        })
    }

    /// Why the request is not sent any more. What the target speaks of TLS, and what it shows, is
    /// asked even where no request gets through for it.
    fn given_up(&self, request: &Request) -> Option<String> {
        let asks_why = |kind| request.hello.is_some() && kind == FailureKind::Tls;
        let why = self.patience.given_up()?;
        (!asks_why(why.kind)).then_some(why.message)
    }

    /// Tries again after a failure that may pass, once, and as often as the target asks to wait.
    pub(super) async fn with_retries(
        &self,
        request: &Request,
    ) -> Result<Response, TransportFailure> {
        let longest = self.wire.settings.limits.max_retry_after;
        let mut retried = false;
        let mut waits = 0;
        loop {
            let result = self.in_time(request).await;
            let pause = match &result {
                Err(failure)
                    if !retried
                        && request.is_repeatable()
                        && self.patience.retries(failure.kind) =>
                {
                    retried = true;
                    Some(BEFORE_RETRY)
                }
                Ok(response) if waits < MAX_WAITS => {
                    waits += 1;
                    self.patience.wait(response, longest)
                }
                _ => None,
            };
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return result,
            }
        }
    }

    /// Follows a request to its end within the time limit.
    async fn in_time(&self, request: &Request) -> Result<Response, TransportFailure> {
        let limit = self.wire.settings.limits.timeout;
        let Ok(result) = timeout(limit, self.follow(request.clone())).await else {
            let message = format!(
                "no complete answer from {} within {} s",
                request.url.origin().ascii_serialization(),
                limit.as_secs_f32()
            );
            return Err(failure(FailureKind::Timeout, message));
        };
        result
    }

    /// Sends a request and follows its redirects, as far as they may be followed.
    async fn follow(&self, mut request: Request) -> Result<Response, TransportFailure> {
        let most = self.wire.settings.limits.max_redirects;
        for _ in 0..=most {
            if !self.may_contact(&request.url) {
                let message = format!(
                    "the target points to {}, which is not its own origin, and nothing was sent there; point to the origin under test, or allow the other with --allow-origins",
                    request.url.origin().ascii_serialization()
                );
                return Err(failure(FailureKind::ForeignOrigin, message));
            }
            let response = self.authorized(&request).await?;
            match redirection(&request.url, &response) {
                None => return Ok(response),
                Some(next) => request = request.redirected(next, response.status),
            }
        }
        let message = format!("more than {most} redirects, the next to {}", request.url);
        Err(failure(FailureKind::RedirectLoop, self.redact(&message)))
    }

    /// Sends a request with its token, and again where that expired on the way: then the answer was
    /// none to the request.
    async fn authorized(&self, request: &Request) -> Result<Response, TransportFailure> {
        if let Some(offer) = request.hello {
            return self.wire.hello(request, offer).await;
        }
        let Some((grant, presented)) = self.grant(request) else {
            let token = match &request.identity {
                Identity::Token(token) => Some(token),
                _ => None,
            };
            return self.wire.send(request, token.map(bearer)).await;
        };
        let mut renewals = RENEWALS;
        loop {
            let held = match self.token(&grant).await {
                Ok(held) => held,
                Err(_) if request.identity == Identity::Visitor => {
                    return self.wire.send(request, None).await;
                }
                Err(why) => return Err(failure(FailureKind::NoToken, why.to_string())),
            };
            let token = presented.of(&held.granted.access_token);
            self.keep_secret([&token]);
            let response = if presented == Presented::InQuery {
                let mut request = request.clone();
                in_query(&mut request, &token);
                self.wire.send(&request, None).await?
            } else {
                self.wire.send(request, Some(bearer(&token))).await?
            };
            let expired = response.status == 401 && held.may_be_over();
            if renewals == 0 || !expired {
                return Ok(response);
            }
            renewals -= 1;
            if let Some(authorization) = self.authorization() {
                authorization.forget(&grant, &held).await;
            }
        }
    }

    /// The token that a request needs, if any: only ever for the target's own origin.
    fn grant(&self, request: &Request) -> Option<(Grant, Presented)> {
        let authorization = self
            .authorization()
            .filter(|_| self.wire.is_own(&request.url))?;
        match &request.identity {
            Identity::Granted { grant, presented } => Some((grant.clone(), *presented)),
            Identity::Run | Identity::Visitor if !authorization.clients().is_empty() => {
                Some(Default::default())
            }
            _ => None,
        }
    }

    /// The request as it stands in the record: that there was a token is told, and no more.
    fn record(&self, request: &Request) -> RecordedRequest {
        let token = match &request.identity {
            Identity::Token(token) => Some(token.clone()),
            _ => self
                .grant(request)
                .filter(|(_, presented)| *presented != Presented::InQuery)
                .map(|_| Secret::new(MARK)),
        };
        self.wire.record(request, token)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
