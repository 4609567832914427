//! A response on its way from the provider to the runner, open to change.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::middleware::Next;
use serde_json::Value;

use crate::http::REDACTED;
use crate::http::exchange::{Exchange, RecordedBody};

/// Bytes of a body that are read; the sample data's are far smaller.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// A response.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) status: u16,
    /// Headers that an operator may change; names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Content,
}

/// The body of a response.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Json(Value),
    Bytes(Vec<u8>),
}

impl Content {
    fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).map_or_else(|_| Self::Bytes(bytes.to_vec()), Self::Json)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

impl Message {
    /// The response of a recorded exchange whose body was kept.
    pub(super) fn recorded(exchange: &Exchange) -> Option<Self> {
        let response = exchange.response.as_ref()?;
        let text = response.body.as_ref().map_or(Some(""), text)?;
        Some(Self {
            status: response.status,
            headers: response
                .headers
                .iter()
                .filter(|header| is_open(&header.name))
                .map(|header| (header.name.clone(), header.value.clone()))
                .collect(),
            body: Content::read(text.as_bytes()),
        })
    }
}

/// Headers that belong to the connection stay as they are.
fn is_open(name: &str) -> bool {
    !["content-length", "transfer-encoding", "connection", "date"].contains(&name)
}

fn text(body: &RecordedBody) -> Option<&str> {
    body.text.as_deref()
}

/// What tells a request from others of a run, on whichever port the instance listens: method, path
/// with query, and form. `None` for what is no HTTP request, and for one that the record does not
/// hold as it was sent, such as a token request: its response could not be found again.
pub(super) fn key_of(exchange: &Exchange) -> Option<String> {
    if exchange.request.method.contains(' ') {
        return None;
    }
    let url = url::Url::parse(&exchange.request.url).ok()?;
    let form = exchange.request.body.as_ref().and_then(text);
    let key = key(
        &exchange.request.method,
        &url[url::Position::BeforePath..url::Position::AfterQuery],
        form.unwrap_or_default(),
    );
    (!key.contains(REDACTED)).then_some(key)
}

fn key(method: &str, path: &str, form: &str) -> String {
    format!("{method} {path} {form}").trim_end().to_owned()
}

/// Passes a request on, and changes the response where the request has this key.
pub(super) async fn intercept(
    request: Request,
    next: Next,
    wanted: &str,
    change: impl FnOnce(&mut Message) + Send,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let form = whole(body).await;
    let wanted = is_wanted(&parts.method, &parts.uri, &form, wanted);
    if wanted {
        // What is compressed cannot be changed.
        parts.headers.remove(header::ACCEPT_ENCODING);
    }
    let response = next.run(Request::from_parts(parts, Body::from(form))).await;
    if !wanted {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let mut message = open(parts.status, &parts.headers, &whole(body).await);
    change(&mut message);
    parts.status = StatusCode::from_u16(message.status).unwrap_or(parts.status);
    parts.headers = closed(&message.headers);
    Response::from_parts(parts, Body::from(message.body.bytes()))
}

fn is_wanted(method: &Method, uri: &Uri, form: &Bytes, wanted: &str) -> bool {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    key(method.as_str(), path, &String::from_utf8_lossy(form)) == wanted
}

async fn whole(body: Body) -> Bytes {
    to_bytes(body, BODY_LIMIT).await.unwrap_or_default()
}

fn open(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Message {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Message {
        status: status.as_u16(),
        headers: headers
            .iter()
            .filter(|(name, _)| is_open(name.as_str()))
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body: Content::read(body),
    }
}

/// The headers as they are sent; the length of the body is that of the changed one.
fn closed(headers: &[(String, String)]) -> HeaderMap {
    let lines = headers.iter().filter_map(|(name, value)| {
        Some((
            name.parse::<HeaderName>().ok()?,
            HeaderValue::from_str(value).ok()?,
        ))
    });
    let mut map: HeaderMap = lines.collect();
    map.remove(header::CONTENT_LENGTH);
    map
}
