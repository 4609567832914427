//! A target that answers with raw bytes, as badly as is wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a target answers to a request.
pub enum Reply {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes first, then this chunk again and again after each pause, without end.
    Endless(Vec<u8>, Vec<u8>, Duration),
    /// Nothing, and the connection stays open.
    Silence,
    /// Nothing, and the connection is closed.
    Close,
    /// The connection is reset.
    Reset,
}

/// A request as a target sees it.
pub struct Asked {
    /// Path and query.
    pub path: String,
    /// How many requests came before this one.
    pub number: usize,
    /// Request line and headers.
    pub head: String,
    pub base: String,
}

type Answer = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A listening target; it stops with the test's runtime.
pub struct Target {
    pub base: String,
    pub origin: String,
    asked: Arc<AtomicUsize>,
}

impl Target {
    /// Listens on a free port of this machine.
    pub async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("bound"));
        let base = format!("{origin}/fhir");
        let asked = Arc::new(AtomicUsize::new(0));
        let answer: Arc<Answer> = Arc::new(answer);
        let (counter, own) = (Arc::clone(&asked), base.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, counter, base) =
                    (Arc::clone(&answer), Arc::clone(&counter), own.clone());
                tokio::spawn(async move {
                    // A client that has enough closes the connection.
                    let _ = serve(stream, &*answer, &counter, base).await;
                });
            }
        });
        Self {
            base,
            origin,
            asked,
        }
    }

    /// Requests that came in.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: &Answer,
    counter: &AtomicUsize,
    base: String,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut buffer = [0; 2048];
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        head.extend_from_slice(&buffer[..read]);
        // A TLS handshake, which a server of plain HTTP takes for a bad request.
        if head.first() == Some(&0x16) {
            return stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let asked = Asked {
        path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
        number: counter.fetch_add(1, Ordering::SeqCst),
        head,
        base,
    };
    match answer(&asked) {
        Reply::Bytes(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Reply::Endless(first, chunk, pause) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&chunk).await?;
                tokio::time::sleep(pause).await;
            }
        }
        Reply::Silence => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Ok(())
        }
        Reply::Close => Ok(()),
        Reply::Reset => stream.set_zero_linger(),
    }
}

/// A whole answer with these headers, one a line.
pub fn answer(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n").into_bytes();
    for header in headers {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// A whole answer in FHIR JSON.
pub fn fhir(status: u16, body: &str) -> Reply {
    let headers = ["Content-Type: application/fhir+json"];
    Reply::Bytes(answer(status, &headers, body.as_bytes()))
}
