//! One request on the wire: its credentials, its headers, the bounded reading of its answer, and its
//! record.

use std::sync::atomic::Ordering;

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::Secret;
use super::client::Client;
use super::exchange::{FailureKind, Header, RecordedBody, RecordedRequest, TransportFailure};
use super::failure::{failure, of_error};
use super::hello::{self, Offer};
use super::identity::{Grant, Identity, Presented};
use super::redact::{MARK, is_credential};
use super::request::Request;
use super::response::Response;

/// For one request: a token may expire on the way.
const RENEWALS: u8 = 2;
const FORM: &str = "application/x-www-form-urlencoded";

impl Client {
    /// Sends a request with its token, and again where that expired on the way: then the answer was
    /// none to the request.
    pub(super) async fn authorized(&self, request: &Request) -> Result<Response, TransportFailure> {
        if let Some(offer) = request.hello {
            return self.hello(request, offer).await;
        }
        let Some((grant, presented)) = self.grant(request) else {
            let token = match &request.identity {
                Identity::Token(token) => Some(token),
                _ => None,
            };
            return self.send_once(request, token.map(bearer)).await;
        };
        let mut renewals = RENEWALS;
        loop {
            let held = match self.token(&grant).await {
                Ok(held) => held,
                Err(_) if request.identity == Identity::Visitor => {
                    return self.send_once(request, None).await;
                }
                Err(why) => return Err(failure(FailureKind::NoToken, why.to_string())),
            };
            let token = presented.of(&held.granted.access_token);
            self.keep_secret([&token]);
            let response = if presented == Presented::InQuery {
                let mut request = request.clone();
                in_query(&mut request, &token);
                self.send_once(&request, None).await?
            } else {
                self.send_once(request, Some(bearer(&token))).await?
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

    /// The outcome of a handshake, as an answer in JSON.
    async fn hello(&self, request: &Request, offer: Offer) -> Result<Response, TransportFailure> {
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
        match self.send_once(&anybody, None).await {
            Ok(_) => Ok(json!({ "handshake": "accepted" })),
            Err(failure) if failure.is_of_certificate() => {
                Ok(json!({ "handshake": "refused", "by": failure.message }))
            }
            Err(failure) => Err(failure),
        }
    }

    /// The token that a request needs, if any: only ever for the target's own origin.
    fn grant(&self, request: &Request) -> Option<(Grant, Presented)> {
        let authorization = self.authorization().filter(|_| self.is_own(request))?;
        match &request.identity {
            Identity::Granted { grant, presented } => Some((grant.clone(), *presented)),
            Identity::Run | Identity::Visitor if !authorization.clients().is_empty() => {
                Some(Default::default())
            }
            _ => None,
        }
    }

    async fn send_once(
        &self,
        request: &Request,
        authorization: Option<Secret>,
    ) -> Result<Response, TransportFailure> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let client = if self.is_own(request) {
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

    fn is_own(&self, request: &Request) -> bool {
        request.url.origin() == self.origin
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
        if self.is_own(request) {
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

    /// The request as it stands in the record.
    pub(super) fn record(&self, request: &Request) -> RecordedRequest {
        if let Some(offer) = request.hello {
            return RecordedRequest {
                method: format!("TLS hello {}", offer.name()),
                url: request.url.origin().ascii_serialization(),
                headers: Vec::new(),
                body: None,
            };
        }
        // That there was a token is told, and no more.
        let token = match &request.identity {
            Identity::Token(token) => Some(token.clone()),
            _ => self
                .grant(request)
                .filter(|(_, presented)| *presented != Presented::InQuery)
                .map(|_| Secret::new(MARK)),
        };
        let headers = self.headers(request, token);
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
fn in_query(request: &mut Request, token: &Secret) {
    let mut query = request.url.query_pairs_mut();
    query.append_pair("access_token", token.expose());
}

fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}

/// What the answer of a token endpoint holds that nobody may see.
pub(super) fn tokens_in(answer: &Response) -> Vec<Secret> {
    const MEMBERS: [&str; 3] = ["access_token", "refresh_token", "id_token"];
    // Most answers are FHIR and large: they need not be parsed for this.
    let holds_one =
        answer.body.len() < 64 * 1024 && answer.body.windows(6).any(|part| part == b"_token");
    let body = answer.json().ok().filter(|_| holds_one);
    let tokens = body
        .into_iter()
        .flat_map(|body| MEMBERS.map(|name| body[name].as_str()));
    tokens.flatten().map(Secret::new).collect()
}
