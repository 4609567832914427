//! What `run`, `list`, `init` and the trials share: settings, suite, definitions and a target.

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use super::settings::SettingsArguments;
use super::{CliError, definitions};
use crate::config::{FailOn, PatientKey, RunConfig};
use crate::outcome::RunOutcome;
use crate::profile::Validator;
use crate::provider::{Provider, ProviderOptions, RunningProvider};
use crate::runner::{Cancel, Listener, Run};
use crate::suite::Suite;

/// Folder for reports where no other is named.
const OUT: &str = "reports/latest";

/// Everything that is known before a run.
pub struct Session {
    pub config: RunConfig,
    pub suite: Suite,
    pub out: PathBuf,
    pub fail_on: Vec<FailOn>,
}

impl Session {
    /// Reads the settings and loads the suite.
    pub fn new(arguments: SettingsArguments) -> Result<Self, CliError> {
        let file = arguments.read()?;
        let out = file
            .settings
            .out
            .clone()
            .unwrap_or_else(|| PathBuf::from(OUT));
        let fail_on = file.settings.fail_on.clone();
        let config = file.resolve()?;
        if let Some(missing) = config.suites.iter().find(|folder| !folder.is_dir()) {
            return Err(format!("--suite {}: there is no such folder", missing.display()).into());
        }
        Ok(Self {
            suite: Suite::load(&config.suites),
            config,
            out,
            fail_on,
        })
    }

    /// The settings of a run of these tests alone.
    pub fn only(&self, ids: Vec<String>) -> RunConfig {
        RunConfig {
            only: Some(ids.into_iter().collect()),
            ..self.config.clone()
        }
    }

    /// Runs the suite against the target, or against the embedded provider.
    pub async fn run(
        &self,
        config: &RunConfig,
        listener: Listener,
        cancel: Cancel,
    ) -> Result<RunOutcome, CliError> {
        let definitions = definitions::load(&config.packages)?;
        let packages = definitions.packages().map(str::to_owned).collect();
        let target = Target::new(config).await?;
        let config = target.with_patients(config);
        let run = Run {
            suite: &self.suite,
            config: &config,
            base: target.base.clone(),
            embedded: target.provider.is_some(),
            validator: Validator::new(definitions),
            definitions: packages,
        };
        Ok(run.run(listener, cancel).await?)
    }
}

/// The server under test; the embedded provider stops when this is dropped.
struct Target {
    base: Url,
    provider: Option<RunningProvider>,
}

impl Target {
    async fn new(config: &RunConfig) -> Result<Self, CliError> {
        if let Some(base) = &config.target {
            return Ok(Self {
                base: base.clone(),
                provider: None,
            });
        }
        let provider = Provider::start(ProviderOptions::default())
            .await
            .map_err(|error| {
                format!("the embedded provider cannot listen on 127.0.0.1: {error}")
            })?;
        Ok(Self {
            base: Url::parse(&format!("{}/", provider.base_url()))?,
            provider: Some(provider),
        })
    }

    /// The embedded provider does not list its patients, but names those to test with.
    fn with_patients(&self, config: &RunConfig) -> RunConfig {
        let mut config = config.clone();
        if let (true, Some(provider)) = (config.patients.is_empty(), &self.provider) {
            config.patients = provider
                .patients()
                .into_iter()
                .map(|id| PatientKey::Id(id.to_owned()))
                .collect();
        }
        config
    }
}

/// A listener that hears nothing.
pub fn silent() -> Listener {
    Arc::new(|_| {})
}
