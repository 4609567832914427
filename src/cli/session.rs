//! What `run`, `list`, `init` and the trials share: settings, suite, definitions and a target.

use std::path::PathBuf;
use std::sync::Arc;

use super::settings::SettingsArguments;
use super::{CliError, definitions};
use crate::config::{FailOn, RunConfig};
use crate::embedded::Embedded;
use crate::outcome::RunOutcome;
use crate::profile::Validator;
use crate::provider::ProviderOptions;
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
        let definitions = definitions::load(&config.packages, None)?;
        let packages = definitions.packages().map(str::to_owned).collect();
        let server = definitions::terminology_server(config.terminology_server.as_deref())?;
        let validator = Validator::asking(definitions, server);
        let run = |config, base, embedded| Run {
            suite: &self.suite,
            config,
            base,
            embedded,
            validator,
            definitions: packages,
        };
        if let Some(base) = &config.target {
            return Ok(run(config, base.clone(), false)
                .run(listener, cancel)
                .await?);
        }
        let embedded = Embedded::start(ProviderOptions::default())
            .await
            .map_err(|error| {
                format!("the embedded provider cannot listen on 127.0.0.1: {error}")
            })?;
        let config = embedded.settings(config);
        let run = run(&config, embedded.base().clone(), true);
        Ok(run.run(listener, cancel).await?)
    }
}

/// A listener that hears nothing.
pub fn silent() -> Listener {
    Arc::new(|_| {})
}
