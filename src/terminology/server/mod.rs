//! A terminology server, asked for what can't be decided here (FHIR R4, ValueSet/$validate-code).
//!
//! Only codes, their systems and value sets are sent, never content of a resource beside them, and
//! no credentials. Each question is asked once, and a decided answer is kept on disk for a week. A
//! server that fails decides nothing; after some failures in a row it is not asked any more.

mod answer;
mod disk;
mod question;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvError};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::runtime::{Handle, Runtime, RuntimeFlavor};
use url::Url;

use super::membership::Membership;
use crate::http::TransferError;
use crate::http::download::{self, Wanted};
use answer::{Said, read_parameters, system_is_known};
use disk::Disk;
use question::{MAX_QUESTION, MAX_QUESTIONS, Question};

/// Bytes of one answer.
const MAX_ANSWER: u64 = 1024 * 1024;
/// For one answer.
const TIME: Duration = Duration::from_secs(10);
/// Failures in a row after which the server is left alone.
const MAX_FAILURES: usize = 3;

/// Why a terminology server can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("--tx {text} is not the URL of a FHIR terminology server: {reason}")]
    BadUrl { text: String, reason: String },
    #[error("the terminology server can't be asked: {0}")]
    Setup(String),
}

/// Filled by the first that asks; the others wait for it.
type Slot<T> = Arc<OnceLock<T>>;

/// Asks a terminology server. Callable from any thread; a call waits for the answer.
#[derive(Debug)]
pub struct Server {
    base: Url,
    client: reqwest::Client,
    /// Taken only on the way out.
    runtime: Option<Runtime>,
    answers: Mutex<HashMap<Question, Slot<Membership>>>,
    /// Code systems by URL: whether the server has their codes.
    systems: Mutex<HashMap<String, Slot<Result<bool, TransferError>>>>,
    failures: AtomicUsize,
    disk: Disk,
}

impl Server {
    /// The server at this FHIR base URL. Answers are kept in a file in the folder `cache`.
    ///
    /// # Errors
    /// When the URL is none of http or https, or holds credentials.
    pub fn new(base: &str, cache: PathBuf) -> Result<Self, ServerError> {
        let base = base_url(base)?;
        let setup = |error: &dyn std::fmt::Display| ServerError::Setup(error.to_string());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("terminology-server")
            .enable_all()
            .build()
            .map_err(|error| setup(&error))?;
        let disk = Disk::open(cache, base.as_str());
        let known = disk.read().into_iter().map(|(question, is_member)| {
            let slot = OnceLock::from(Membership::of(is_member));
            (question, Arc::new(slot))
        });
        Ok(Self {
            client: download::client(&base).map_err(|error| setup(&error))?,
            answers: Mutex::new(known.collect()),
            base,
            runtime: Some(runtime),
            systems: Mutex::default(),
            failures: AtomicUsize::new(0),
            disk,
        })
    }

    /// Where answers are kept: `fhir-assay` in the user's cache folder (`XDG_CACHE_HOME`, else
    /// `~/.cache`).
    pub fn cache_of_user() -> PathBuf {
        let folder = std::env::var_os("XDG_CACHE_HOME").map_or_else(
            || std::env::home_dir().unwrap_or_default().join(".cache"),
            PathBuf::from,
        );
        folder.join("fhir-assay").join("terminology")
    }

    /// Whether the code is in the value set (`url` or `url|version`), as the server has it.
    pub(super) fn membership(&self, value_set: &str, system: &str, code: &str) -> Membership {
        if value_set.len() + system.len() + code.len() > MAX_QUESTION {
            return Membership::Unknown("the code is too long to ask a server for it".to_owned());
        }
        let question = Question {
            value_set: value_set.to_owned(),
            system: system.to_owned(),
            code: code.to_owned(),
        };
        let Some(slot) = slot(&self.answers, question.clone()) else {
            return Membership::Unknown(format!(
                "the terminology server was asked for {MAX_QUESTIONS} codes, and is not for more"
            ));
        };
        slot.get_or_init(|| {
            let decided = self.ask(&question);
            if let Membership::Member | Membership::NotMember = decided {
                self.disk.keep(&question, decided == Membership::Member);
            }
            decided
        })
        .clone()
    }

    fn ask(&self, question: &Question) -> Membership {
        let (url, version) = split_version(&question.value_set);
        let mut parameters = vec![
            ("url", url),
            ("system", question.system.as_str()),
            ("code", question.code.as_str()),
        ];
        parameters.extend(version.map(|version| ("valueSetVersion", version)));
        let said = self
            .get("ValueSet/$validate-code", &parameters)
            .map(|body| read_parameters(&body));
        match said {
            Ok(Said::Member) => Membership::Member,
            Ok(Said::NotMember) => Membership::NotMember,
            Ok(Said::No) => self.doubt(&question.system),
            Ok(Said::Undecided(why)) => self.undecided(why),
            Err(TransferError::Status { status, .. }) => {
                self.undecided(format!("it answers with status {status}"))
            }
            Err(error) => self.undecided(error),
        }
    }

    /// A bare "no" may also mean that the server lacks the code system.
    fn doubt(&self, system: &str) -> Membership {
        let unknown = || self.undecided(format!("it does not have the codes of {system}"));
        let Some(slot) = slot(&self.systems, system.to_owned()) else {
            return unknown();
        };
        let known = slot.get_or_init(|| {
            let parameters = [("url", system), ("_elements", "url,content")];
            self.get("CodeSystem", &parameters)
                .map(|body| system_is_known(&body, system))
        });
        match known {
            Ok(true) => Membership::NotMember,
            Ok(false) => unknown(),
            Err(error) => self.undecided(error),
        }
    }

    fn undecided(&self, why: impl std::fmt::Display) -> Membership {
        Membership::Unknown(format!("the terminology server does not decide it: {why}"))
    }

    /// Asks and waits, however this thread is run.
    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Vec<u8>, TransferError> {
        let unreachable = |reason: &str| TransferError::Unreachable {
            url: self.base.to_string(),
            reason: reason.to_owned(),
        };
        if self.failures.load(Ordering::Relaxed) >= MAX_FAILURES {
            return Err(unreachable("it failed several times and is left alone"));
        }
        let mut url = self
            .base
            .join(path)
            .map_err(|error| unreachable(&error.to_string()))?;
        url.query_pairs_mut().extend_pairs(parameters);
        let runtime = self.runtime.as_ref().ok_or_else(|| unreachable("closed"))?;
        let (sender, receiver) = mpsc::sync_channel(1);
        let client = self.client.clone();
        runtime.spawn(async move {
            let _ = sender.send(fetch(&client, &url).await);
        });
        let answer = wait(&receiver).unwrap_or_else(|_| Err(unreachable("the transfer broke off")));
        self.count(&answer);
        answer
    }

    /// A refusal (4xx) is an answer; anything else that is none counts as failure.
    fn count(&self, answer: &Result<Vec<u8>, TransferError>) {
        let is_answer = match answer {
            Ok(_) => true,
            Err(TransferError::Status { status, .. }) => (400..500).contains(status),
            Err(_) => false,
        };
        if is_answer {
            self.failures.store(0, Ordering::Relaxed);
        } else {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Without waiting: this may be within another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waits; other work of the runtime that this thread may belong to goes on elsewhere meanwhile.
fn wait<T>(receiver: &Receiver<T>) -> Result<T, RecvError> {
    let is_shared = Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    if is_shared {
        tokio::task::block_in_place(|| receiver.recv())
    } else {
        receiver.recv()
    }
}

async fn fetch(client: &reqwest::Client, url: &Url) -> Result<Vec<u8>, TransferError> {
    let mut body = Vec::new();
    let mut keep = |bytes: &[u8]| {
        body.extend_from_slice(bytes);
        Ok(())
    };
    let wanted = Wanted {
        url,
        accept: "application/fhir+json",
        limit: MAX_ANSWER,
        time: TIME,
    };
    download::transfer(client, &wanted, &mut keep, &mut |_, _| {}).await?;
    Ok(body)
}

/// The place for an answer; `None` where there are too many.
fn slot<K: Eq + std::hash::Hash, T>(slots: &Mutex<HashMap<K, Slot<T>>>, key: K) -> Option<Slot<T>> {
    let mut slots = slots.lock().ok()?;
    if slots.len() >= MAX_QUESTIONS && !slots.contains_key(&key) {
        return None;
    }
    Some(Arc::clone(slots.entry(key).or_default()))
}

/// Splits `url|version`.
fn split_version(canonical: &str) -> (&str, Option<&str>) {
    match canonical.split_once('|') {
        Some((url, version)) => (url, Some(version)),
        None => (canonical, None),
    }
}

fn base_url(text: &str) -> Result<Url, ServerError> {
    let bad = |text: &str, reason: &str| ServerError::BadUrl {
        text: text.to_owned(),
        reason: reason.to_owned(),
    };
    let mut url = Url::parse(text).map_err(|error| bad(text, &error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(
            "…",
            "it holds a user name or password, and none are sent to terminology servers",
        ));
    }
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() {
        return Err(bad(text, "give an http or https URL without a query"));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}
