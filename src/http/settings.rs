//! How the harness talks to a target: limits, trust and credentials.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::auth::Secret;

/// Everything the HTTP client needs to know beforehand.
///
/// Proxies are not among the settings: those of the environment (`HTTPS_PROXY`, `NO_PROXY`, ...) are
/// used, except for a target on this machine.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    pub limits: Limits,
    pub tls: Tls,
    /// Sent with every request to the target's own origin.
    pub headers: Vec<(String, Secret)>,
    /// Bearer token for the target's own origin.
    pub bearer: Option<Secret>,
    /// Origins beside the target's own that may be contacted, without credentials.
    pub allow_origins: Vec<Url>,
    /// Reads bodies in XML; absent: such a body is not read.
    pub read_xml: Option<ReadXml>,
}

/// Reads FHIR XML into the JSON model; else says in words why that is not possible. What FHIR's types
/// are is known further up only.
pub type ReadXml = fn(&str) -> Result<Value, String>;

/// Bounds that no target can make the harness exceed.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests in flight at once.
    pub jobs: usize,
    /// For connecting.
    pub connect_timeout: Duration,
    /// From sending a request to the end of its body.
    pub timeout: Duration,
    /// Bytes of a body, after decompression.
    pub max_body: u64,
    /// Redirects followed for one request.
    pub max_redirects: usize,
    /// Pages followed for one search.
    pub max_pages: usize,
    /// The longest `Retry-After` that is honoured.
    pub max_retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            jobs: 4,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            max_body: 16 * 1024 * 1024,
            max_redirects: 5,
            max_pages: 100,
            max_retry_after: Duration::from_secs(30),
        }
    }
}

/// Trust and client identity.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// PEM file of additional trusted authorities.
    pub ca_file: Option<PathBuf>,
    /// PEM texts of further authorities.
    pub authorities: Vec<String>,
    /// PEM files of the client certificate chain and its key.
    pub client_identity: Option<(PathBuf, PathBuf)>,
    /// Accept any certificate; stamped into the report.
    pub insecure: bool,
}
