//! Bounded downloads: redirects, bytes and time all have an end.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::redirect::{Attempt, Policy};
use url::Url;

use super::connection::is_loopback;

/// Redirects followed for one download.
const MAX_REDIRECTS: usize = 5;
/// For connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// Without a single byte.
const SILENCE: Duration = Duration::from_secs(30);

/// Why a download came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    #[error("{url} cannot be reached: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("{url} answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("{url} sends more than {limit} bytes, and reading was stopped")]
    TooLarge { url: String, limit: u64 },
    #[error("what {url} sent cannot be kept: {reason}")]
    Unkept { url: String, reason: String },
}

/// What a download tells while it goes on: bytes so far, and in all where the server says so.
pub(crate) type OnBytes<'a> = &'a mut (dyn FnMut(u64, Option<u64>) + Send);
/// Where the bytes go.
pub(crate) type Into<'a> = &'a mut (dyn FnMut(&[u8]) -> std::io::Result<()> + Send);

/// What is asked for, and the bounds of the answer.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    pub(crate) url: &'a Url,
    /// Media types.
    pub(crate) accept: &'a str,
    /// Bytes.
    pub(crate) limit: u64,
    /// For all of it.
    pub(crate) time: Duration,
}

/// Downloads a file. Callable from anywhere, also within a runtime.
pub(crate) fn download(
    wanted: &Wanted<'_>,
    into: Into<'_>,
    on_bytes: OnBytes<'_>,
) -> Result<(), TransferError> {
    let unreachable = |reason: String| TransferError::Unreachable {
        url: wanted.url.to_string(),
        reason,
    };
    // A runtime of its own, on a thread of its own: the caller may be inside one already.
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| unreachable(error.to_string()))?;
            let client = client(wanted.url).map_err(|error| unreachable(cause(&error)))?;
            runtime.block_on(transfer(&client, wanted, into, on_bytes))
        });
        work.join()
            .unwrap_or_else(|_| Err(unreachable("the download broke off".to_owned())))
    })
}

/// Asks once and hands on the bytes of a success.
pub(crate) async fn transfer(
    client: &reqwest::Client,
    wanted: &Wanted<'_>,
    into: Into<'_>,
    on_bytes: OnBytes<'_>,
) -> Result<(), TransferError> {
    let whole = stream(client, wanted, into, on_bytes);
    let late = |_| TransferError::Unreachable {
        url: wanted.url.to_string(),
        reason: format!("no complete answer within {} s", wanted.time.as_secs()),
    };
    tokio::time::timeout(wanted.time, whole)
        .await
        .map_err(late)?
}

async fn stream(
    client: &reqwest::Client,
    wanted: &Wanted<'_>,
    into: Into<'_>,
    on_bytes: OnBytes<'_>,
) -> Result<(), TransferError> {
    let url = wanted.url;
    let unreachable = |error: reqwest::Error| TransferError::Unreachable {
        url: url.to_string(),
        reason: cause(&error),
    };
    let request = client.get(url.clone()).header("accept", wanted.accept);
    let answer = request.send().await.map_err(unreachable)?;
    if !answer.status().is_success() {
        return Err(TransferError::Status {
            url: url.to_string(),
            status: answer.status().as_u16(),
        });
    }
    let too_large = || TransferError::TooLarge {
        url: url.to_string(),
        limit: wanted.limit,
    };
    let total = answer.content_length();
    if total.is_some_and(|total| total > wanted.limit) {
        return Err(too_large());
    }
    let mut chunks = answer.bytes_stream();
    let mut received = 0_u64;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(unreachable)?;
        received = received.saturating_add(chunk.len() as u64);
        if received > wanted.limit {
            return Err(too_large());
        }
        into(&chunk).map_err(|error| TransferError::Unkept {
            url: url.to_string(),
            reason: error.to_string(),
        })?;
        on_bytes(received, total);
    }
    Ok(())
}

/// A client for the server of this URL. It has no credentials to give.
pub(crate) fn client(url: &Url) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("fhir-assay/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::custom(redirect))
        // Hashes are of the archive as it is stored, whatever a server calls its encoding.
        .no_gzip()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE);
    // The proxy of the environment has no way to this machine's own ports.
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    builder.build()
}

/// Follows a redirect unless it is one too many, or leads from a protected to an open connection.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let before = attempt.previous();
    let opens = attempt.url().scheme() != "https"
        && before.last().is_some_and(|url| url.scheme() == "https");
    if before.len() > MAX_REDIRECTS {
        attempt.error(format!("more than {MAX_REDIRECTS} redirects"))
    } else if opens {
        attempt.error("a redirect from https to http")
    } else {
        attempt.follow()
    }
}

/// The innermost reason, which says most.
fn cause(error: &reqwest::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason.to_string()
}
