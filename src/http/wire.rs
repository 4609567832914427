//! One request on the wire: its credentials, its headers, the bounded reading of its answer, and its
//! record.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt;
use serde_json::{Value, json};
use url::{Origin, Url};

use super::connection::{ClientError, Connections};
use super::exchange::{FailureKind, Header, RecordedBody, RecordedRequest, TransportFailure};
use super::failure::{failure, of_error};
use super::hello::{self, Offer};
use super::identity::Identity;
use super::redact::{Redactor, is_credential};
use super::request::Request;
use super::response::Response;
use super::{HttpSettings, Secret};

const FORM: &str = "application/x-www-form-urlencoded";

/// The way to a target: one request, one answer.
pub(super) struct Wire {
    origin: Origin,
    pub(super) settings: HttpSettings,
    connections: Connections,
    pub(super) redactor: Arc<Redactor>,
    sent: AtomicU64,
}

impl Wire {
    /// # Errors
    /// When a certificate or key file of the settings cannot be used.
    pub(super) fn new(base: &Url, settings: HttpSettings) -> Result<Self, ClientError> {
        Ok(Self {
            origin: base.origin(),
            connections: Connections::new(base, &settings)?,
            redactor: Arc::new(Redactor::new(&settings.headers, settings.bearer.as_ref())),
            sent: AtomicU64::new(0),
            settings,
        })
    }

    /// Requests sent so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Whether a URL is on the target's own origin.
    pub(super) fn is_own(&self, url: &Url) -> bool {
        url.origin() == self.origin
    }

    /// The outcome of a handshake, as an answer in JSON.
    pub(super) async fn hello(
        &self,
        request: &Request,
        offer: Offer,
    ) -> Result<Response, TransportFailure> {
        let outcome = if offer == Offer::Trust {
            self.trust(request).await?
        } else {
            self.sent.fetch_add(1, Ordering::Relaxed);
            let limit = self.settings.limits.connect_timeout;
            hello::make(&request.url, offer, limit).await?
        };
        let media_type = Header {
            name: "content-type".to_owned(),
            value: "application/json".to_owned(),
        };
        let body = outcome.to_string().into_bytes();
        Ok(Response::new(200, vec![media_type], body, false))
    }

    /// Whether the server's certificate is trusted: the library that carries all requests says so.
    async fn trust(&self, request: &Request) -> Result<Value, TransportFailure> {
        let url = request.url.join("metadata");
        let anybody = Request {
            identity: Identity::Anonymous,
            ..Request::get(url.unwrap_or_else(|_| request.url.clone()))
        };
        match self.send(&anybody, None).await {
            Ok(_) => Ok(json!({ "handshake": "accepted" })),
            Err(failure) if failure.is_of_certificate() => {
                Ok(json!({ "handshake": "refused", "by": failure.message }))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Sends a request, to the target's own origin with this `Authorization` header.
    pub(super) async fn send(
        &self,
        request: &Request,
        authorization: Option<Secret>,
    ) -> Result<Response, TransportFailure> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let client = if self.is_own(&request.url) {
            &self.connections.own
        } else {
            &self.connections.foreign
        };
        let mut builder = client.request(request.method.clone(), request.url.clone());
        for (name, value) in self.headers(request, authorization) {
            builder = builder.header(name, value.expose());
        }
        if let Some(form) = &request.body {
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
            let response = Response::new(status, headers, body, true);
            return Ok(response.reading_xml(self.settings.read_xml));
        }
        let response = Response::new(status, headers, body, false);
        Ok(response.reading_xml(self.settings.read_xml))
    }

    /// The headers of a request: those of the request itself, then for the target's own origin
    /// those of the settings, then what every request has. Each name once.
    fn headers(&self, request: &Request, authorization: Option<Secret>) -> Vec<(String, Secret)> {
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
        if self.is_own(&request.url) {
            if let Some(value) = authorization {
                default("authorization", value);
            }
            let is_run = matches!(request.identity, Identity::Run | Identity::Visitor);
            if let Some(token) = self.settings.bearer.as_ref().filter(|_| is_run) {
                default("authorization", bearer(token));
            }
            for (name, value) in &self.settings.headers {
                if is_run || !is_credential(name) {
                    default(name, value.clone());
                }
            }
        }
        default("accept", Secret::new("application/fhir+json"));
        if request.body.is_some() {
            default("content-type", Secret::new(FORM));
        }
        headers
    }

    /// The request as it stands in the record; so far as it holds secrets, without them.
    pub(super) fn record(
        &self,
        request: &Request,
        authorization: Option<Secret>,
    ) -> RecordedRequest {
        if let Some(offer) = request.hello {
            return RecordedRequest {
                method: format!("TLS hello {}", offer.name()),
                url: request.url.origin().ascii_serialization(),
                headers: Vec::new(),
                body: None,
            };
        }
        let headers = self.headers(request, authorization);
        let headers = headers.into_iter().map(|(name, value)| {
            self.redactor.header(&Header {
                name,
                value: value.expose().to_owned(),
            })
        });
        RecordedRequest {
            method: request.method.to_string(),
            url: self.redactor.text(request.url.as_str()),
            headers: headers.collect(),
            body: request.body.as_ref().map(|form| {
                let form = self.redactor.text(form);
                let given = request.headers.iter();
                let media_type = given
                    .filter(|(name, _)| name == "content-type")
                    .map(|(_, value)| value.as_str())
                    .next()
                    .unwrap_or(FORM);
                RecordedBody::of(Some(media_type), form.as_bytes(), usize::MAX)
            }),
        }
    }
}

/// RFC 6750 section 2.3.
pub(super) fn in_query(request: &mut Request, token: &Secret) {
    let mut query = request.url.query_pairs_mut();
    query.append_pair("access_token", token.expose());
}

/// RFC 6750 section 2.1.
pub(super) fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}
