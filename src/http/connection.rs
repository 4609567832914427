//! The HTTP library's clients, set up from the settings.

use std::path::{Path, PathBuf};

use reqwest::redirect::Policy;
use reqwest::{Certificate, Identity};
use url::{Host, Url};

use super::{HttpSettings, Tls};

/// Why no client could be made from the settings.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("cannot read {setting} {}: {source}", path.display())]
    Unreadable {
        setting: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{setting} {}: {problem}; a PEM file is needed", path.display())]
    NotPem {
        setting: &'static str,
        path: PathBuf,
        problem: String,
    },
    #[error("cannot set up HTTP: {0}")]
    Setup(#[from] reqwest::Error),
}

/// Proxies are those of the environment (`HTTPS_PROXY`, `NO_PROXY`, ...), except for a target on
/// this machine.
///
/// One client for the target's own origin, one without its identity for all others.
pub(super) struct Connections {
    pub(super) own: reqwest::Client,
    pub(super) foreign: reqwest::Client,
}

impl Connections {
    pub(super) fn new(base: &Url, settings: &HttpSettings) -> Result<Self, ClientError> {
        let foreign = builder(settings)?;
        let mut own = builder(settings)?;
        if let Some((certificate, key)) = &settings.tls.client_identity {
            own = own.identity(identity(certificate, key)?);
        }
        // The proxy of the environment has no way to this machine's own ports.
        if is_loopback(base) {
            own = own.no_proxy();
        }
        Ok(Self {
            own: own.build()?,
            foreign: foreign.build()?,
        })
    }
}

fn builder(settings: &HttpSettings) -> Result<reqwest::ClientBuilder, ClientError> {
    let Tls {
        ca_file,
        authorities,
        insecure,
        ..
    } = &settings.tls;
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("fhir-assay/", env!("CARGO_PKG_VERSION")))
        // Redirects are followed by hand: only to origins that may be contacted.
        .redirect(Policy::none())
        .connect_timeout(settings.limits.connect_timeout)
        .pool_max_idle_per_host(settings.limits.jobs)
        .tls_danger_accept_invalid_certs(*insecure);
    if let Some(path) = ca_file {
        let pem = read("--ca-file", path)?;
        let certificates = Certificate::from_pem_bundle(&pem)
            .map_err(|error| not_pem("--ca-file", path, &error))?;
        builder = builder.tls_certs_merge(certificates);
    }
    for pem in authorities {
        builder = builder.tls_certs_merge([Certificate::from_pem(pem.as_bytes())?]);
    }
    Ok(builder)
}

/// Whether the URL leads to this machine: a loopback address, or a name that RFC 6761 section 6.3
/// reserves for it.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity, ClientError> {
    let mut pem = read("--client-cert", certificate)?;
    pem.push(b'\n');
    pem.extend(read("--client-key", key)?);
    Identity::from_pem(&pem).map_err(|error| not_pem("--client-cert", certificate, &error))
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|source| ClientError::Unreadable {
        setting,
        path: path.to_owned(),
        source,
    })
}

fn not_pem(setting: &'static str, path: &Path, error: &reqwest::Error) -> ClientError {
    ClientError::NotPem {
        setting,
        path: path.to_owned(),
        problem: error.to_string(),
    }
}
