//! The settings of a run: what the user typed, in a file, the environment or flags, and what a run
//! needs to know.

mod authorization;
mod file;
mod resolve;
mod run;
mod settings;

pub use authorization::{AuthorizationConfig, ClientConfig};
pub use file::{FileSettings, SettingsFileError};
pub use resolve::SettingsError;
pub use run::{DeclaredCapabilities, DeclaredType, PatientKey, RunConfig};
pub use settings::{ClientSettings, FailOn, Settings};

/// The settings file that is read where no other is named and this one exists.
pub const DEFAULT_FILE: &str = "fhir-assay.toml";
