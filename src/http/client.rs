//! The one way to a target: bounded, redacting, courteous, and never the same safe request twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;
use url::{Origin, Url};

use super::connection::{ClientError, Connections};
use super::exchange::{FailureKind, Header, RecordedRequest, Timing, TransportFailure};
use super::failure::{failure, of_error};
use super::redact::Redactor;
use super::retry::{Patience, is_transient, retry_after};
use super::{HttpSettings, Secret};

/// Times that `Retry-After` is honoured for one request.
const MAX_WAITS: usize = 3;
/// Bytes of bodies that are kept in one run; of later ones only the beginning.
const MAX_KEPT: u64 = 256 * 1024 * 1024;
/// What is kept of a body once that is used up.
const BEGINNING: usize = 8 * 1024;

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    /// Beside those that every request has; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Form body of a search by POST.
    pub form: Option<String>,
    /// Bytes of the body that are read at most, where that is less than the run's limit.
    pub max_body: Option<u64>,
    /// Send it even if the same was sent before.
    pub fresh: bool,
}

impl Request {
    /// A GET of this URL.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: Vec::new(),
            form: None,
            max_body: None,
            fresh: false,
        }
    }
}

/// An answer, whole and already redacted.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
    /// Size and SHA-256 of the body as it was read.
    pub size: u64,
    pub sha256: String,
    json: OnceLock<Result<Arc<Value>, String>>,
}

impl Response {
    /// The value of a header, the first where there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name == name)
            .map(|header| header.value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Why it is none, with its place.
    pub fn json(&self) -> Result<&Arc<Value>, &str> {
        self.json
            .get_or_init(|| {
                let text = std::str::from_utf8(&self.body).map_err(|error| {
                    format!("the body is not UTF-8 from byte {} on", error.valid_up_to())
                })?;
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                serde_json::from_str(text)
                    .map(Arc::new)
                    .map_err(|error| format!("the body is no JSON: {error}"))
            })
            .as_ref()
            .map_err(String::as_str)
    }
}

/// A request that was sent and what came of it.
#[derive(Debug)]
pub struct Exchanged {
    /// Identifies the exchange while the run lasts.
    pub number: u64,
    pub request: RecordedRequest,
    pub response: Result<Response, TransportFailure>,
    pub timing: Timing,
    /// Whether bodies of this exchange may be kept whole for the record.
    pub keep_body: bool,
}

type Shared = Arc<OnceCell<Arc<Exchanged>>>;

/// Sends requests to one target.
pub struct Client {
    base: Url,
    origin: Origin,
    settings: HttpSettings,
    connections: Connections,
    redactor: Redactor,
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
        let secrets = settings.headers.iter().map(|(_, value)| value.clone());
        Ok(Self {
            origin: base.origin(),
            connections: Connections::new(&settings)?,
            redactor: Redactor::new(secrets.chain(settings.bearer.clone())),
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

    /// Pages that may be followed for one search.
    pub fn max_pages(&self) -> usize {
        self.settings.limits.max_pages
    }

    /// Requests sent so far, retries and redirects included.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// True once the target has answered any request.
    pub fn has_answered(&self) -> bool {
        self.patience.has_answered()
    }

    /// Whether a URL is on the target's own origin or one that the settings allow.
    pub fn may_contact(&self, url: &Url) -> bool {
        let origin = url.origin();
        origin == self.origin
            || self
                .settings
                .allow_origins
                .iter()
                .any(|allowed| allowed.origin() == origin)
    }

    /// Sends a request, or hands out what the same safe request brought before.
    pub async fn send(&self, request: Request) -> Arc<Exchanged> {
        if request.fresh || self.kept.load(Ordering::Relaxed) > MAX_KEPT {
            return self.exchange(request).await;
        }
        let shared = {
            let mut seen = self
                .seen
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            Arc::clone(seen.entry(request.clone()).or_default())
        };
        Arc::clone(shared.get_or_init(|| self.exchange(request)).await)
    }

    async fn exchange(&self, request: Request) -> Arc<Exchanged> {
        // The semaphore is never closed.
        let _slot = self.slots.acquire().await;
        let started = Instant::now();
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let response = if self.patience.is_exhausted() {
            Err(failure(
                FailureKind::Connect,
                "not sent: the target answered none of the requests before",
            ))
        } else {
            let response = self.with_retries(&request).await;
            self.patience
                .note(!matches!(&response, Err(failure) if is_transient(failure.kind)));
            response
        };
        let keep_body = response.as_ref().is_ok_and(|response| {
            self.kept
                .fetch_add(response.body.len() as u64, Ordering::Relaxed)
                < MAX_KEPT
        });
        Arc::new(Exchanged {
            number,
            request: self.record(&request),
            response,
            timing: Timing {
                started_ms: millis(started - self.began),
                duration_ms: millis(started.elapsed()),
            },
            keep_body,
        })
    }

    /// Tries again after a failure that may pass, once, and as often as the target asks to wait.
    async fn with_retries(&self, request: &Request) -> Result<Response, TransportFailure> {
        let mut retried = false;
        let mut waits = 0;
        loop {
            let result = self.follow(request).await;
            match &result {
                Err(failure) if is_transient(failure.kind) && !retried => retried = true,
                Ok(response) if waits < MAX_WAITS => match self.wait_asked_for(response) {
                    Some(wait) => {
                        waits += 1;
                        tokio::time::sleep(wait).await;
                    }
                    None => return result,
                },
                _ => return result,
            }
        }
    }

    fn wait_asked_for(&self, response: &Response) -> Option<std::time::Duration> {
        if !matches!(response.status, 429 | 503) {
            return None;
        }
        let wait = retry_after(response.header("retry-after")?, jiff::Timestamp::now())?;
        (wait <= self.settings.limits.max_retry_after).then_some(wait)
    }

    /// Sends a request and follows its redirects, as far as they may be followed.
    async fn follow(&self, request: &Request) -> Result<Response, TransportFailure> {
        let mut request = request.clone();
        for _ in 0..=self.settings.limits.max_redirects {
            if !self.may_contact(&request.url) {
                return Err(failure(
                    FailureKind::ForeignOrigin,
                    format!(
                        "the target points to {}, which is not its own origin; nothing was sent there (allow it with --allow-origins)",
                        request.url.origin().ascii_serialization()
                    ),
                ));
            }
            let limit = self.settings.limits.timeout;
            let response = timeout(limit, self.send_once(&request))
                .await
                .unwrap_or_else(|_| {
                    Err(failure(
                        FailureKind::Timeout,
                        format!(
                            "no complete answer from {} within {} s",
                            request.url.origin().ascii_serialization(),
                            limit.as_secs()
                        ),
                    ))
                })?;
            match redirection(&request.url, &response) {
                None => return Ok(response),
                Some(next) => request = redirected(request, next, response.status),
            }
        }
        Err(failure(
            FailureKind::RedirectLoop,
            format!("more than {} redirects", self.settings.limits.max_redirects),
        ))
    }

    async fn send_once(&self, request: &Request) -> Result<Response, TransportFailure> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let is_own = request.url.origin() == self.origin;
        let client = if is_own {
            &self.connections.own
        } else {
            &self.connections.foreign
        };
        let mut builder = client.request(request.method.clone(), request.url.clone());
        for (name, value) in self.headers(request) {
            builder = builder.header(name, value);
        }
        if is_own {
            for (name, value) in self.credentials() {
                builder = builder.header(name, value.expose());
            }
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
        let limit = self.settings.limits.max_body;
        let limit = request.max_body.map_or(limit, |own| own.min(limit));
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| Header {
                name: name.as_str().to_owned(),
                value: self.redactor.header(
                    name.as_str(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                ),
            })
            .collect();
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| of_error(&request.url, &error))?;
            if (body.len() + chunk.len()) as u64 > limit {
                // A request with a limit of its own wants no more than the beginning.
                if request.max_body.is_some() {
                    break;
                }
                return Err(failure(
                    FailureKind::TooLarge,
                    format!("the body is larger than {limit} bytes; reading was stopped"),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        let size = body.len() as u64;
        let sha256 = hex(&Sha256::digest(&body));
        Ok(Response {
            status,
            headers,
            body: self.redactor.bytes(body),
            size,
            sha256,
            json: OnceLock::new(),
        })
    }

    /// The headers of a request, without credentials.
    fn headers(&self, request: &Request) -> Vec<(String, String)> {
        let mut headers = request.headers.clone();
        let mut default = |name: &str, value: &str| {
            if !headers.iter().any(|(given, _)| given == name) {
                headers.push((name.to_owned(), value.to_owned()));
            }
        };
        default("accept", "application/fhir+json");
        if request.form.is_some() {
            default("content-type", "application/x-www-form-urlencoded");
        }
        headers
    }

    fn credentials(&self) -> impl Iterator<Item = (&str, Secret)> {
        let bearer = self.settings.bearer.as_ref().map(|token| {
            (
                "authorization",
                Secret::new(format!("Bearer {}", token.expose())),
            )
        });
        self.settings
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .chain(bearer)
    }

    /// The request as it stands in the record.
    fn record(&self, request: &Request) -> RecordedRequest {
        let shown = |(name, value): (String, String)| Header {
            value: self.redactor.text(value),
            name,
        };
        let secret = |(name, _): (&str, Secret)| Header {
            name: name.to_owned(),
            value: "[redacted]".to_owned(),
        };
        let mut headers: Vec<Header> = self.headers(request).into_iter().map(shown).collect();
        if request.url.origin() == self.origin {
            headers.extend(self.credentials().map(secret));
        }
        RecordedRequest {
            method: request.method.to_string(),
            url: self.redactor.text(request.url.to_string()),
            headers,
            body: request.form.as_ref().map(|form| {
                super::exchange::RecordedBody::of(
                    Some("application/x-www-form-urlencoded"),
                    self.redactor.text(form.clone()).as_bytes(),
                    usize::MAX,
                )
            }),
        }
    }
}

impl Exchanged {
    /// The response as it stands in the record, with its body where that is wanted.
    pub fn recorded_response(&self) -> Option<super::exchange::RecordedResponse> {
        let response = self.response.as_ref().ok()?;
        let most = if self.keep_body {
            usize::MAX
        } else {
            BEGINNING
        };
        let media_type = response
            .header("content-type")
            .map(|value| value.split(';').next().unwrap_or(value).trim());
        let body = (response.size > 0).then(|| super::exchange::RecordedBody {
            size: response.size,
            sha256: response.sha256.clone(),
            ..super::exchange::RecordedBody::of(media_type, &response.body, most)
        });
        Some(super::exchange::RecordedResponse {
            status: response.status,
            headers: response.headers.clone(),
            body,
        })
    }
}

/// Where a redirect points (RFC 9110 section 15.4).
fn redirection(from: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(response.header("location")?).ok()
}

/// The request that follows a redirect: a POST becomes a GET unless the status keeps the method.
fn redirected(mut request: Request, next: Url, status: u16) -> Request {
    if request.method == Method::POST && !matches!(status, 307 | 308) {
        request.method = Method::GET;
        request.form = None;
    }
    request.url = next;
    request
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
