//! A registry of packages on a port of this machine.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Answers by path; a path that is not there is 404.
type Pages = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Goes away when it is dropped.
pub struct Registry {
    pub url: String,
    pages: Pages,
    _stop: oneshot::Sender<()>,
}

/// One version to be published.
pub struct Version {
    pub archive: Vec<u8>,
    /// Changes what the registry says of it.
    pub dist: fn(&mut Value),
}

impl Registry {
    pub fn start() -> Self {
        let pages = Pages::default();
        let router = Router::new()
            .route("/loop", get(|| async { redirect("/loop") }))
            .route("/endless.tgz", get(endless))
            .route("/{*path}", get(page))
            .with_state(Arc::clone(&pages));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("non-blocking");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let serve = axum::serve(listener, router);
                tokio::select! { _ = serve => {}, _ = stopped => {} }
            });
        });
        Self {
            url,
            pages,
            _stop: stop,
        }
    }

    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        let mut pages = self.pages.lock().expect("not poisoned");
        pages.insert(path.to_owned(), bytes.into());
    }

    /// Publishes versions of a package as npm's registry does; the last is the latest.
    pub fn publish(&self, name: &str, versions: &[(&str, Version)]) {
        let mut described = serde_json::Map::new();
        let mut latest = "";
        for (version, Version { archive, dist }) in versions {
            let path = format!("{name}/-/{name}-{version}.tgz");
            let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, archive);
            let sha512 = digest::digest(&digest::SHA512, archive);
            let hex: String = sha1
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let mut stated = json!({
                "tarball": format!("{}/{path}", self.url),
                "shasum": hex,
                "integrity": format!("sha512-{}", STANDARD.encode(sha512)),
            });
            dist(&mut stated);
            let manifest = json!({ "name": name, "version": version, "dist": stated });
            described.insert((*version).to_owned(), manifest);
            self.put(&path, archive.clone());
            latest = version;
        }
        let metadata =
            json!({ "name": name, "dist-tags": { "latest": latest }, "versions": described });
        self.put(name, metadata.to_string());
    }
}

async fn page(State(pages): State<Pages>, Path(path): Path<String>) -> Response {
    let pages = pages.lock().expect("not poisoned");
    match pages.get(&path) {
        Some(bytes) => bytes.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn redirect(to: &'static str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

/// More than any archive may have.
async fn endless() -> Response {
    let chunk = axum::body::Bytes::from(vec![0_u8; 4 * 1024 * 1024]);
    let chunks = futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    axum::body::Body::from_stream(chunks).into_response()
}

/// A version as it should be, with these files below `package/`.
pub fn sound(files: &[(&str, Value)]) -> Version {
    let files: Vec<(String, String)> = files
        .iter()
        .map(|(name, content)| (format!("package/{name}"), content.to_string()))
        .collect();
    raw(&files)
}

/// A version with these paths, whatever they are.
pub fn raw(files: &[(String, String)]) -> Version {
    let mut tar = Vec::new();
    for (path, content) in files {
        let mut header = tar::Header::new_old();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.extend_from_slice(header.as_bytes());
        tar.extend_from_slice(content.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut archive = GzEncoder::new(Vec::new(), Compression::fast());
    archive.write_all(&tar).expect("to memory");
    Version {
        archive: archive.finish().expect("to memory"),
        dist: |_| {},
    }
}

pub fn manifest(name: &str, version: &str, dependencies: Value) -> (&'static str, Value) {
    let manifest = json!({ "name": name, "version": version, "dependencies": dependencies });
    ("package.json", manifest)
}
