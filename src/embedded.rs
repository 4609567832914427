//! The suite against the embedded provider: what `run` without a target, the trials of `cargo test`
//! and the kill matrix have in common.

use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde_json::json;
use url::Url;

use crate::auth::{Algorithm, KeyError, SigningKey};
use crate::config::{ClientConfig, PatientKey, RunConfig};
use crate::provider::{AuthorizationOptions, Client, Provider, ProviderOptions, RunningProvider};
use crate::runner::OTHER_SERVER;

/// What a run's clients may ask for.
const SCOPE: &str = "system/*.rs system/DocumentReference.cd";
/// Seconds for which the second client's tokens are valid, so that one can be seen to expire.
const SHORT: u64 = 1;

/// The clients of a run, the run's own first: one for each algorithm. Their keys are made once in a
/// process, and stay in its memory.
static CLIENTS: LazyLock<Result<Vec<ClientConfig>, KeyError>> = LazyLock::new(|| {
    let client = |name: &str, algorithm| {
        Ok(ClientConfig {
            name: name.to_owned(),
            client_id: format!("fhir-assay-{name}"),
            key: Arc::new(SigningKey::generate(algorithm)?),
            scope: None,
        })
    };
    Ok(vec![
        client("own", Algorithm::Es384)?,
        client("short", Algorithm::Rs384)?,
    ])
});

fn clients() -> io::Result<&'static [ClientConfig]> {
    let clients = CLIENTS.as_ref();
    Ok(clients.map_err(|error| io::Error::other(error.to_string()))?)
}

/// An instance of the provider that a run can be made against; it stops when this is dropped.
pub struct Embedded {
    provider: RunningProvider,
    base: Url,
}

impl Embedded {
    /// Starts an instance in the current tokio runtime, which knows the clients of a run and is
    /// reached by https.
    ///
    /// # Errors
    /// Where it cannot listen on the loopback interface, or no keys can be made.
    pub async fn start(mut options: ProviderOptions) -> io::Result<Self> {
        if options.authorization.is_none() {
            options.authorization = Some(authorization()?);
        }
        options.tls = true;
        let provider = Provider::start(options).await?;
        let base = Url::parse(&format!("{}/", provider.base_url())).map_err(io::Error::other)?;
        Ok(Self { provider, base })
    }

    /// FHIR base URL, with a slash at its end.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// These settings, with what the instance tells to whoever is to test it: it does not list its
    /// patients, but names those to test with; and it lets nobody in whom it does not know.
    #[must_use]
    pub fn settings(&self, config: &RunConfig) -> RunConfig {
        let mut config = config.clone();
        if config.patients.is_empty() {
            let ids = self.provider.patients().into_iter();
            config.patients = ids.map(|id| PatientKey::Id(id.to_owned())).collect();
        }
        config.authorization.clients = clients().unwrap_or_default().to_vec();
        config.authorization.token_url = None;
        config.authorization.leeway = Some(Duration::ZERO);
        config.target = Some(self.base.clone());
        let authority = self.provider.authority().map(str::to_owned);
        config.http.tls.authorities.extend(authority);
        config.http.bearer = None;
        config
    }
}

/// An authorization server that knows the clients of a run.
fn authorization() -> io::Result<AuthorizationOptions> {
    let mut options = AuthorizationOptions {
        other_audiences: vec![OTHER_SERVER.to_owned()],
        ..AuthorizationOptions::default()
    };
    for client in clients()? {
        let key = client.key.public().map_err(io::Error::other)?;
        options.clients.push(Client {
            id: client.client_id.clone(),
            jwks: json!({ "keys": [key] }),
            scope: SCOPE.to_owned(),
        });
        if client.name == "short" {
            options.lifetimes.push((client.client_id.clone(), SHORT));
        }
    }
    Ok(options)
}
