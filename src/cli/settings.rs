//! The settings that commands share: file < environment < flags.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use crate::config::{DEFAULT_FILE, FileSettings, Settings};

/// Flags for everything that says what a run is like.
#[derive(Debug, Args)]
pub struct SettingsArguments {
    /// Settings file [default: fhir-assay.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "FHIR_ASSAY_CONFIG")]
    config: Option<PathBuf>,

    #[command(flatten)]
    settings: Settings,
}

impl SettingsArguments {
    /// Lays flags and environment over the settings file.
    pub fn read(self) -> Result<FileSettings, CliError> {
        let file = match self.config {
            Some(path) => FileSettings::read(&path)?,
            None if Path::new(DEFAULT_FILE).exists() => {
                FileSettings::read(Path::new(DEFAULT_FILE))?
            }
            None => FileSettings::default(),
        };
        let lower = file.settings.clone();
        Ok(FileSettings {
            settings: self.settings.over(lower),
            ..file
        })
    }
}
