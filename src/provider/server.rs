//! Starts and stops instances of the provider.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::faults::FaultSet;
use super::routes;
use super::store::Store;

/// How an instance is to be.
#[derive(Debug, Clone, Default)]
pub struct ProviderOptions {
    /// Port on the loopback interface; 0 takes a free one.
    pub port: u16,
    /// What is wrong with this instance.
    pub faults: FaultSet,
    /// What stands between the instance and its clients.
    pub between: Option<Between>,
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

/// One instance, as its handlers see it.
#[derive(Debug)]
pub struct Provider {
    /// FHIR base URL, without a slash at its end.
    pub(super) base: String,
    pub(super) store: &'static Store,
    pub(super) faults: FaultSet,
}

/// An instance that serves until this is dropped; requests under way are then finished.
#[derive(Debug)]
pub struct RunningProvider {
    base: String,
    address: SocketAddr,
    store: &'static Store,
    /// Dropping it stops the server.
    _stop: oneshot::Sender<()>,
}

impl Provider {
    /// Binds to the loopback interface and serves from the current tokio runtime.
    ///
    /// # Errors
    /// Where the port cannot be bound, or the sample data is damaged.
    pub async fn start(options: ProviderOptions) -> io::Result<RunningProvider> {
        let store = Store::sample()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let base = format!("http://{address}{}", routes::BASE_PATH);
        let provider = Arc::new(Self {
            base: base.clone(),
            store,
            faults: options.faults,
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let router = routes::router(provider);
        let router = match options.between {
            Some(Between(wrap)) => wrap(router),
            None => router,
        };
        tokio::spawn(serve(listener, router, stopped));
        Ok(RunningProvider {
            base,
            address,
            store,
            _stop: stop,
        })
    }
}

async fn serve(listener: TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
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
