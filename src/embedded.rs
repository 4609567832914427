//! The suite against the embedded provider: what `run` without a target, the trials of `cargo test`
//! and the kill matrix have in common.

use std::io;

use url::Url;

use crate::config::{PatientKey, RunConfig};
use crate::provider::{Provider, ProviderOptions, RunningProvider};

/// An instance of the provider that a run can be made against; it stops when this is dropped.
pub struct Embedded {
    provider: RunningProvider,
    base: Url,
}

impl Embedded {
    /// Starts an instance in the current tokio runtime.
    ///
    /// # Errors
    /// Where it cannot listen on the loopback interface.
    pub async fn start(options: ProviderOptions) -> io::Result<Self> {
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
    /// patients, but names those to test with.
    #[must_use]
    pub fn settings(&self, config: &RunConfig) -> RunConfig {
        let mut config = config.clone();
        if config.patients.is_empty() {
            let ids = self.provider.patients().into_iter();
            config.patients = ids.map(|id| PatientKey::Id(id.to_owned())).collect();
        }
        config
    }
}
