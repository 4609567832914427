//! `fhir-assay serve`: the reference provider for anyone to look at.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{CliError, exit, output};
use crate::provider::{
    AuthorizationOptions, Client, Fault, FaultSet, Provider, ProviderOptions, RunningProvider,
};

/// Bytes of a key set file; a longer one is none.
const LONGEST: u64 = 64 * 1024;

/// What `serve` can be told.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Break one behaviour on purpose (repeatable); `list` shows all faults
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,

    /// Serve https with a certificate made for this run; its authority is written to FILE, for --ca-file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "fhir-assay-ca.pem")]
    tls: Option<PathBuf>,

    /// Whether requests need an access token of the provider's own authorization server [default: off]
    #[arg(long, value_enum)]
    auth: Option<Switch>,

    /// With --auth on: public keys of the client that may ask for tokens, such as the
    /// fhir-assay.jwks.json that `fhir-assay keys` writes
    #[arg(long, value_name = "FILE")]
    client_jwks: Option<PathBuf>,

    /// With --auth on: id of that client
    #[arg(long, value_name = "ID", default_value = "fhir-assay")]
    client_id: String,

    /// With --auth on: what that client may ask for
    #[arg(
        long,
        value_name = "SCOPES",
        default_value = "system/*.rs system/DocumentReference.cd"
    )]
    client_scope: String,

    /// With --auth on: seconds for which an access token is valid
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    token_lifetime: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Serves until interrupted.
pub fn serve(arguments: &ServeArguments) -> Result<u8, CliError> {
    if arguments.fault.iter().any(|name| name == "list") {
        for fault in Fault::all() {
            output::line(format_args!("{}  {}", fault.name(), fault.description()));
        }
        return Ok(exit::CONFORMANT);
    }
    let options = ProviderOptions {
        port: arguments.port,
        faults: FaultSet::of(arguments.fault.iter().map(String::as_str))?,
        authorization: authorization(arguments)?,
        tls: arguments.tls.is_some(),
        ..ProviderOptions::default()
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let provider = Provider::start(options).await.map_err(|error| {
            if error.kind() == std::io::ErrorKind::InvalidInput {
                return error.to_string();
            }
            format!(
                "cannot listen on port {}: {error}; choose another with --port",
                arguments.port
            )
        })?;
        write_authority(arguments, &provider)?;
        tell(arguments, &provider);
        tokio::signal::ctrl_c().await?;
        Ok(exit::CONFORMANT)
    })
}

/// Nothing where authorization is off. A fault of authorization shows only where it is on.
fn authorization(arguments: &ServeArguments) -> Result<Option<AuthorizationOptions>, CliError> {
    let on = match arguments.auth {
        Some(switch) => switch == Switch::On,
        None => arguments.client_jwks.is_some(),
    };
    if !on {
        return Ok(None);
    }
    let client = arguments.client_jwks.as_ref().map(|path| {
        Ok::<_, CliError>(Client {
            id: arguments.client_id.clone(),
            jwks: read(path)?,
            scope: arguments.client_scope.clone(),
        })
    });
    Ok(Some(AuthorizationOptions {
        clients: client.transpose()?.into_iter().collect(),
        token_lifetime: arguments.token_lifetime,
        ..AuthorizationOptions::default()
    }))
}

fn read(path: &Path) -> Result<serde_json::Value, String> {
    let name = path.display();
    let unreadable = |error| {
        format!("--client-jwks {name}: cannot be read: {error}; `fhir-assay keys` makes a key set")
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LONGEST {
        return Err(format!(
            "--client-jwks {name}: {size} bytes are no key set; {LONGEST} is the most"
        ));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        format!("--client-jwks {name}: is no JSON: {error}; give a JWK Set of public keys")
    })
}

fn write_authority(arguments: &ServeArguments, provider: &RunningProvider) -> Result<(), String> {
    let (Some(path), Some(authority)) = (&arguments.tls, provider.authority()) else {
        return Ok(());
    };
    std::fs::write(path, authority)
        .map_err(|error| format!("--tls {}: cannot be written: {error}", path.display()))
}

fn tell(arguments: &ServeArguments, provider: &RunningProvider) {
    output::line(format_args!("FHIR base: {}", provider.base_url()));
    if let Some(path) = &arguments.tls {
        output::line(format_args!("Trust it with: --ca-file {}", path.display()));
    }
    if let Some(endpoint) = provider.token_endpoint() {
        output::line(format_args!("Token endpoint: {endpoint}"));
        match &arguments.client_jwks {
            Some(path) => output::line(format_args!(
                "Client: {}, with the private keys to {}; it may ask for {}",
                arguments.client_id,
                path.display(),
                arguments.client_scope
            )),
            None => output::line(format_args!(
                "No client is registered: make keys with `fhir-assay keys`, then add --client-jwks fhir-assay.jwks.json"
            )),
        }
    }
    output::line(format_args!("Press Ctrl-C to stop."));
}
