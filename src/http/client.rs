//! The one way to a target: bounded, redacting, courteous, and never the same safe request twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;
use url::{Origin, Url};

use super::connection::{ClientError, Connections};
use super::exchange::{
    FailureKind, Header, RecordedBody, RecordedRequest, Timing, TransportFailure,
};
use super::failure::{failure, of_error};
use super::redact::Redactor;
use super::request::{Request, redirection};
use super::response::{Exchanged, Response};
use super::retry::{MAX_WAITS, Patience};
use super::{HttpSettings, Secret};

/// Bytes of memory that answers may take in one run once their tests have ended. Of later ones only
/// the beginning is kept, and the same request may be sent again.
const MAX_KEPT: u64 = 256 * 1024 * 1024;
/// The time before a request is sent a second time.
const BEFORE_RETRY: Duration = Duration::from_millis(200);

type Shared = Arc<OnceCell<Arc<Exchanged>>>;

/// Sends requests to one target.
pub struct Client {
    base: Url,
    origin: Origin,
    settings: HttpSettings,
    connections: Connections,
    redactor: Arc<Redactor>,
    slots: Semaphore,
    seen: Mutex<HashMap<Request, Shared>>,
    patience: Patience,
    numbers: AtomicU64,
    sent: AtomicU64,
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
            origin: base.origin(),
            connections: Connections::new(&base, &settings)?,
            redactor: Arc::new(Redactor::new(&settings.headers, settings.bearer.as_ref())),
            slots: Semaphore::new(settings.limits.jobs.max(1)),
            seen: Mutex::default(),
            patience: Patience::default(),
            numbers: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            began: Instant::now(),
            base,
            settings,
        })
    }

    /// The FHIR base URL, with a slash at its end.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Requests that may be in flight at once.
    pub fn jobs(&self) -> usize {
        self.settings.limits.jobs.max(1)
    }

    /// Pages that may be followed for one search.
    pub fn max_pages(&self) -> usize {
        self.settings.limits.max_pages
    }

    /// Bytes of bodies after which no more pages of one search are read.
    pub fn max_search(&self) -> u64 {
        self.settings.limits.max_body
    }

    /// Requests sent so far, retries and redirects included.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
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
        self.redactor.text(text)
    }

    /// Whether a URL is on the target's own origin or one that the settings allow.
    pub fn may_contact(&self, url: &Url) -> bool {
        let origin = url.origin();
        let allowed = &self.settings.allow_origins;
        origin == self.origin || allowed.iter().any(|allowed| allowed.origin() == origin)
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
        let response = match self.patience.given_up() {
            Some(why) => Err(failure(
                FailureKind::Connect,
                format!("not sent, because requests before were not answered: {why}"),
            )),
            None => {
                let response = self.with_retries(&request).await;
                self.patience.note(&response);
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
            redactor: Arc::clone(&self.redactor),
        })
    }

    /// Tries again after a failure that may pass, once, and as often as the target asks to wait.
    async fn with_retries(&self, request: &Request) -> Result<Response, TransportFailure> {
        let longest = self.settings.limits.max_retry_after;
        let mut retried = false;
        let mut waits = 0;
        loop {
            let result = self.in_time(request).await;
            let pause = match &result {
                Err(failure) if !retried && self.patience.retries(failure.kind) => {
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
        let limit = self.settings.limits.timeout;
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
        let most = self.settings.limits.max_redirects;
        for _ in 0..=most {
            if !self.may_contact(&request.url) {
                let message = format!(
                    "the target points to {}, which is not its own origin, and nothing was sent there; point to the origin under test, or allow the other with --allow-origins",
                    request.url.origin().ascii_serialization()
                );
                return Err(failure(FailureKind::ForeignOrigin, message));
            }
            let response = self.send_once(&request).await?;
            match redirection(&request.url, &response) {
                None => return Ok(response),
                Some(next) => request = request.redirected(next, response.status),
            }
        }
        let message = format!("more than {most} redirects, the next to {}", request.url);
        Err(failure(FailureKind::RedirectLoop, self.redact(&message)))
    }

    async fn send_once(&self, request: &Request) -> Result<Response, TransportFailure> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let client = if self.is_own(request) {
            &self.connections.own
        } else {
            &self.connections.foreign
        };
        let mut builder = client.request(request.method.clone(), request.url.clone());
        for (name, value) in self.headers(request) {
            builder = builder.header(name, value.expose());
        }
        if let Some(form) = &request.form {
            builder = builder.body(form.clone());
        }
        let answer = builder
            .send()
            .await
            .map_err(|error| of_error(&request.url, &error))?;
        self.read(request, answer).await
    }

    async fn read(
        &self,
        request: &Request,
        answer: reqwest::Response,
    ) -> Result<Response, TransportFailure> {
        let most = self.settings.limits.max_body;
        let limit = request.max_body.map_or(most, |own| own.min(most));
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| Header {
                name: name.as_str().to_owned(),
                value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            })
            .collect();
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| of_error(&request.url, &error))?;
            let room = usize::try_from(limit).unwrap_or(usize::MAX) - body.len();
            if chunk.len() <= room {
                body.extend_from_slice(&chunk);
                continue;
            }
            if request.max_body.is_none() {
                let message =
                    format!("the body is larger than {limit} bytes, and reading was stopped");
                return Err(failure(FailureKind::TooLarge, message));
            }
            // A request with a limit of its own wants no more than the beginning.
            body.extend_from_slice(chunk.get(..room).unwrap_or_default());
            return Ok(Response::new(status, headers, body, true));
        }
        Ok(Response::new(status, headers, body, false))
    }

    fn is_own(&self, request: &Request) -> bool {
        request.url.origin() == self.origin
    }

    /// The headers of a request: those of the request itself, then for the target's own origin
    /// those of the settings, then what every request has. Each name once.
    fn headers(&self, request: &Request) -> Vec<(String, Secret)> {
        let mut headers: Vec<(String, Secret)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), Secret::new(value)))
            .collect();
        let mut default = |name: &str, value: Secret| {
            let name = name.to_ascii_lowercase();
            if !headers.iter().any(|(given, _)| *given == name) {
                headers.push((name, value));
            }
        };
        if self.is_own(request) {
            if let Some(token) = &self.settings.bearer {
                let value = format!("Bearer {}", token.expose());
                default("authorization", Secret::new(value));
            }
            for (name, value) in &self.settings.headers {
                default(name, value.clone());
            }
        }
        default("accept", Secret::new("application/fhir+json"));
        if request.form.is_some() {
            default(
                "content-type",
                Secret::new("application/x-www-form-urlencoded"),
            );
        }
        headers
    }

    /// The request as it stands in the record.
    fn record(&self, request: &Request) -> RecordedRequest {
        let headers = self.headers(request).into_iter().map(|(name, value)| {
            self.redactor.header(&Header {
                name,
                value: value.expose().to_owned(),
            })
        });
        RecordedRequest {
            method: request.method.to_string(),
            url: self.redactor.text(request.url.as_str()),
            headers: headers.collect(),
            body: request.form.as_ref().map(|form| {
                let form = self.redactor.text(form);
                let media_type = Some("application/x-www-form-urlencoded");
                RecordedBody::of(media_type, form.as_bytes(), usize::MAX)
            }),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
