//! TLS in front of an instance, with a certificate made for it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use crate::provider::model::CertificateTerms;
use crate::provider::seams::FaultSet;

/// For the first words and the handshake of a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a client's first words that are looked at.
const FIRST_WORDS: usize = 1024;
/// Connections that may wait between their handshake and their first request.
const WAITING: usize = 64;

/// What an instance shows to whoever connects.
pub(in crate::provider) struct Tls {
    acceptor: TlsAcceptor,
    /// PEM of the authority that signed its certificate.
    pub(in crate::provider) authority: String,
}

impl Tls {
    /// A new authority, and a certificate of it for this machine.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub(in crate::provider) fn new(faults: &FaultSet) -> io::Result<Self> {
        let mut terms = CertificateTerms {
            last_year: 4096,
            host: "127.0.0.1",
        };
        faults.certify(&mut terms);
        let (authority, chain, key) = certificate(terms).map_err(io::Error::other)?;
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .map_err(io::Error::other)?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            authority,
        })
    }
}

type Made = (
    String,
    tokio_rustls::rustls::pki_types::CertificateDer<'static>,
    PrivateKeyDer<'static>,
);

fn certificate(terms: CertificateTerms) -> Result<Made, rcgen::Error> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut own = CertificateParams::new([terms.host.to_owned()])?;
    own.not_after = date_time_ymd(terms.last_year, 1, 1);
    let own = own.signed_by(&key, &authority)?;
    Ok((
        authority.pem(),
        own.der().clone(),
        PrivateKeyDer::Pkcs8(key.serialize_der().into()),
    ))
}

/// Connections whose handshake is done.
pub(in crate::provider) struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    /// Shakes hands with whoever connects, each beside the others.
    pub(in crate::provider) fn new(
        listener: TcpListener,
        tls: Tls,
        faults: FaultSet,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            while let Some(accepted) = tokio::select! {
                accepted = listener.accept() => Some(accepted),
                () = done.closed() => None,
            } {
                let Ok((stream, peer)) = accepted else {
                    continue;
                };
                let (acceptor, faults, done) = (tls.acceptor.clone(), faults.clone(), done.clone());
                tokio::spawn(async move {
                    let shaken = timeout(PATIENCE, shake_hands(stream, &acceptor, &faults)).await;
                    if let Ok(Some(stream)) = shaken {
                        // Where nobody takes it the instance has stopped.
                        let _ = done.send((stream, peer)).await;
                    }
                });
            }
        });
        Ok(Self { ready, address })
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

/// The connection, unless it ends with the first words.
async fn shake_hands(
    mut stream: TcpStream,
    acceptor: &TlsAcceptor,
    faults: &FaultSet,
) -> Option<TlsStream<TcpStream>> {
    let mut words = [0; FIRST_WORDS];
    let count = stream.peek(&mut words).await.ok()?;
    if let Some(answer) = faults.greet(words.get(..count)?) {
        // Whoever is gone already needs no answer.
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
        return None;
    }
    acceptor.accept(stream).await.ok()
}
