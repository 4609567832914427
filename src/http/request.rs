//! A request before it is sent, and what a redirect makes of it.

use reqwest::Method;
use url::Url;

use super::hello::Offer;
use super::identity::Identity;
use super::response::Response;

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    /// Beside those that every request has; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body: a form, unless the headers name another type.
    pub body: Option<String>,
    /// Bytes of the body that are read at most, where that is less than the run's limit.
    pub max_body: Option<u64>,
    /// Send it even if the same was sent before.
    pub fresh: bool,
    /// In whose name it is sent; credentials go to the target's own origin alone.
    pub identity: Identity,
    /// In the place of a request the first words of a TLS connection to the URL's host and port.
    pub hello: Option<Offer>,
}

impl Request {
    /// A GET of this URL.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: Vec::new(),
            body: None,
            max_body: None,
            fresh: false,
            identity: Identity::Run,
            hello: None,
        }
    }

    /// The first words of a TLS connection to the host and port of a URL; the answer is told as JSON.
    pub fn hello(url: Url, offer: Offer) -> Self {
        Self {
            hello: Some(offer),
            identity: Identity::Anonymous,
            ..Self::get(url)
        }
    }

    /// Whether sending it twice is the same as sending it once: it reads, or asks by a form.
    pub(super) fn is_repeatable(&self) -> bool {
        let is_form = !self.headers.iter().any(|(name, _)| name == "content-type");
        let is_read = self.method == Method::GET || self.method == Method::HEAD;
        is_read || self.method == Method::POST && is_form
    }

    /// The request that follows a redirect (RFC 9110 section 15.4): a POST becomes a GET unless the
    /// status keeps the method.
    pub(super) fn redirected(mut self, next: Url, status: u16) -> Self {
        if self.method == Method::POST && !matches!(status, 307 | 308) {
            self.method = Method::GET;
            self.body = None;
        }
        self.url = next;
        self
    }
}

/// Where a redirect points; `None` for any other answer.
pub(super) fn redirection(from: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(response.header("location")?).ok()
}
