//! Starts and stops instances of the provider.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::authorization::{Authorization, AuthorizationOptions, Endpoints};
use super::instance::Provider;
use super::model::BASE_PATH;
use super::routes;
use super::seams::FaultSet;
use super::store::Store;
use super::wire::tls::{Tls, TlsListener};

/// How an instance is to be.
#[derive(Debug, Clone, Default)]
pub struct ProviderOptions {
    /// Port on the loopback interface; 0 takes a free one.
    pub port: u16,
    /// Resources that it holds beside the sample data, each with its type and id; one that the sample
    /// data have too takes the place of that.
    pub more: Vec<Value>,
    /// What is wrong with this instance.
    pub faults: FaultSet,
    /// Its authorization server; absent: everything is answered without a token.
    pub authorization: Option<AuthorizationOptions>,
    /// What stands between the instance and its clients.
    pub between: Option<Between>,
    /// Whether it is reached by https, with a certificate of an authority made for it.
    pub tls: bool,
}

/// Something between an instance and its clients that may change what passes, as a broken proxy does.
#[derive(Clone)]
pub struct Between(Arc<dyn Fn(Router) -> Router + Send + Sync>);

impl Between {
    /// Wraps the instance's service.
    pub fn new(wrap: impl Fn(Router) -> Router + Send + Sync + 'static) -> Self {
        Self(Arc::new(wrap))
    }
}

impl fmt::Debug for Between {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Between")
    }
}

/// An instance that serves until this is dropped; requests under way are then finished.
#[derive(Debug)]
pub struct RunningProvider {
    base: String,
    address: SocketAddr,
    endpoints: Option<Endpoints>,
    store: &'static Store,
    authority: Option<String>,
    /// Dropping it stops the server.
    _stop: oneshot::Sender<()>,
}

impl Provider {
    /// Binds to the loopback interface and serves from the current tokio runtime.
    ///
    /// # Errors
    /// Where the port cannot be bound, the sample data is damaged, one of the further resources has no
    /// type or id, or a client's keys or scopes cannot be read.
    pub async fn start(options: ProviderOptions) -> io::Result<RunningProvider> {
        let store = Store::sample()?;
        let held = store.with(options.more).ok_or_else(|| {
            let reason = "a resource to be held has no resourceType or id";
            io::Error::new(io::ErrorKind::InvalidInput, reason)
        })?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let tls = options.tls.then(|| Tls::new(&options.faults)).transpose()?;
        let scheme = if options.tls { "https" } else { "http" };
        let root = format!("{scheme}://{address}");
        let base = format!("{root}{}", BASE_PATH);
        let authorization = options
            .authorization
            .map(|options| Authorization::new(options, &root, &base))
            .transpose()?;
        let endpoints = authorization.as_ref().map(|known| known.endpoints.clone());
        let faults = options.faults.clone();
        let provider = Arc::new(Self::new(base.clone(), held, options.faults, authorization));
        let (stop, stopped) = oneshot::channel::<()>();
        let router = routes::router(provider);
        let router = match options.between {
            Some(Between(wrap)) => wrap(router),
            None => router,
        };
        let authority = tls.as_ref().map(|tls| tls.authority.clone());
        match tls {
            Some(tls) => {
                let listener = TlsListener::new(listener, tls, faults)?;
                tokio::spawn(serve(listener, router, stopped));
            }
            None => {
                tokio::spawn(serve(listener, router, stopped));
            }
        }
        Ok(RunningProvider {
            base,
            address,
            endpoints,
            store,
            authority,
            _stop: stop,
        })
    }
}

async fn serve<L>(listener: L, router: Router, stopped: oneshot::Receiver<()>)
where
    L: axum::serve::Listener,
    L::Addr: fmt::Debug,
{
    // The only failure is one of the listening socket: then there is nothing left to serve.
    let _ = axum::serve(listener, router)
        .with_graceful_shutdown(async {
            // An error means that the sender is gone, which is what is waited for.
            let _ = stopped.await;
        })
        .await;
}

impl RunningProvider {
    /// FHIR base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base
    }

    /// PEM of the authority that signed its certificate; absent where it is reached by http.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// URL of the token endpoint; absent where the instance has no authorization server.
    #[must_use]
    pub fn token_endpoint(&self) -> Option<&str> {
        Some(&self.endpoints.as_ref()?.token)
    }

    /// URL of the introspection endpoint; absent where the instance has no authorization server.
    #[must_use]
    pub fn introspection_endpoint(&self) -> Option<&str> {
        Some(&self.endpoints.as_ref()?.introspection)
    }

    /// Ids of the sample patients who have clinical data. Patients are not listed by a search, so that
    /// whoever is to test the instance must be told.
    #[must_use]
    pub fn patients(&self) -> Vec<&'static str> {
        self.store.patients()
    }

    /// Where the instance listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
