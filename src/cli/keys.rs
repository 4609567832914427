//! `fhir-assay keys`: a key pair for SMART Backend Services, and what to register.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;

use super::{CliError, exit, output};
use crate::auth::{Algorithm, Jwks, SigningKey};
use crate::report::private_file;

/// Seconds for which a server may keep the key set.
const MAX_AGE: u32 = 300;

/// What `keys` can be told.
#[derive(Debug, Args)]
pub struct KeysArguments {
    /// Kind of the new key
    #[arg(long, value_enum, default_value_t = Kind::Rs384)]
    algorithm: Kind,

    /// Folder for the new files: fhir-assay.pem and fhir-assay.jwks.json
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,

    /// Id of the key [default: the key's own, or its thumbprint]
    #[arg(long, value_name = "ID")]
    kid: Option<String>,

    /// Make no new key; use this one (PEM, JWK or JWK Set)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Serve the public key at /jwks.json on this port until interrupted, for servers that fetch it
    #[arg(long, value_name = "PORT")]
    serve: Option<u16>,

    /// Address to serve on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// RSA of 3072 bits.
    Rs384,
    /// EC on curve P-384.
    Es384,
}

/// Makes or reads a key, writes and prints what to register, and serves it where asked.
pub fn keys(arguments: &KeysArguments) -> Result<u8, CliError> {
    let kid = arguments.kid.as_deref();
    let (key, path) = match &arguments.key {
        Some(path) => (SigningKey::read(path, kid)?, path.clone()),
        None => (
            make(arguments.algorithm, kid)?,
            arguments.out.join("fhir-assay.pem"),
        ),
    };
    let jwks = Jwks {
        keys: vec![key.public()?],
    };
    let published = serde_json::to_string_pretty(&jwks)?;
    if arguments.key.is_none() {
        write_new(&path, key.to_pem()?.expose())?;
        write_new(&arguments.out.join("fhir-assay.jwks.json"), &published)?;
    }
    tell(&key, &path, &published);
    if let Some(port) = arguments.serve {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(serve(SocketAddr::new(arguments.host, port), published))?;
    }
    Ok(exit::CONFORMANT)
}

fn make(kind: Kind, kid: Option<&str>) -> Result<SigningKey, CliError> {
    let algorithm = match kind {
        Kind::Rs384 => Algorithm::Rs384,
        Kind::Es384 => Algorithm::Es384,
    };
    let key = SigningKey::generate(algorithm)?;
    Ok(match kid {
        None => key,
        Some(_) => SigningKey::parse(key.to_pem()?.expose().as_bytes(), kid)?,
    })
}

/// A key that is in use must not be lost.
fn write_new(path: &Path, content: &str) -> Result<(), CliError> {
    if path.exists() {
        return Err(format!(
            "{} is already there; name another folder with --out, or use this key with --key",
            path.display()
        )
        .into());
    }
    private_file::write(path, |file| file.write_all(content.as_bytes()))
        .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

fn tell(key: &SigningKey, path: &Path, published: &str) {
    let (path, kid, algorithm) = (path.display(), key.kid(), key.algorithm().name());
    output::line(format_args!(
        "Private key: {path} (keep it to yourself)\n\
         \n\
         Register at the authorization server a backend client with\n\
         \x20 grant type            client_credentials\n\
         \x20 authentication        private_key_jwt, {algorithm}\n\
         \x20 scopes                read and search of Patient and the types to test, such as system/*.rs\n\
         \x20 public key set        as below, or its URL where it is served (fhir-assay keys --key {path} --serve PORT)\n\
         \n\
         {published}\n\
         \n\
         Then run\n\
         \x20 fhir-assay run --target URL --client-id ID --key {path} --kid {kid}"
    ));
}

async fn serve(address: SocketAddr, published: String) -> Result<(), CliError> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}; choose another --serve PORT or --host")
    })?;
    let address = listener.local_addr()?;
    output::line(format_args!(
        "\nKey set: http://{address}/jwks.json\nPress Ctrl-C to stop."
    ));
    let until_interrupted = async {
        // Where interruption cannot be heard of, the process is ended otherwise.
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, router(published))
        .with_graceful_shutdown(until_interrupted)
        .await?;
    Ok(())
}

fn router(published: String) -> Router {
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CACHE_CONTROL, format!("max-age={MAX_AGE}")),
    ];
    Router::new().route(
        "/jwks.json",
        get(move || std::future::ready((headers, published))),
    )
}
