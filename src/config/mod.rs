//! The settings of a run: what the user typed, in a file, the environment or flags, and what a run
//! needs to know.

mod authorization;
mod file;
mod resolve;
mod run;
mod settings;
mod value;

pub use authorization::{AuthorizationConfig, ClientConfig};
pub use file::{FileSettings, SettingsFileError};
pub use run::{DeclaredCapabilities, DeclaredType, RunConfig};
pub use settings::{ClientSettings, FailOn, Settings};
pub use value::{PatientKey, SettingsError};

/// The settings file that is read where no other is named and this one exists.
pub const DEFAULT_FILE: &str = "fhir-assay.toml";
