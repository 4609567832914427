//! The settings file: TOML with the long flags as keys, and `[capabilities]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use toml::Spanned;

use super::{ClientSettings, DeclaredCapabilities, Settings};
use crate::spelling::nearest;

/// What a settings file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSettings {
    pub settings: Settings,
    /// Replaces what the target declares: `[capabilities.Condition]` and so on.
    pub capabilities: Option<DeclaredCapabilities>,
    /// Clients beside the run's own: `[clients.NAME]`.
    pub clients: BTreeMap<String, ClientSettings>,
}

/// Why a settings file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFileError {
    #[error("cannot read the settings file {}: {source}; name another with --config", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}:{line}: unknown key `{key}`{}", path.display(), meant(suggestion.as_deref()))]
    UnknownKey {
        path: PathBuf,
        line: usize,
        key: String,
        suggestion: Option<String>,
    },
    #[error("{}: {}", path.display(), message.trim_end())]
    Malformed { path: PathBuf, message: String },
}

fn meant(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(key) => format!("; did you mean `{key}`?"),
        None => "; `fhir-assay run --help` lists the settings".to_owned(),
    }
}

const PARTS: [&str; 2] = ["capabilities", "clients"];

impl FileSettings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// When the file is unreadable, no TOML, or has a key or value that is no setting.
    pub fn read(path: &Path) -> Result<Self, SettingsFileError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| SettingsFileError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SettingsFileError> {
        let malformed = |error: toml::de::Error| SettingsFileError::Malformed {
            path: path.to_owned(),
            message: error.to_string(),
        };
        reject_unknown_keys(path, text)?;
        let mut table: toml::Table = toml::from_str(text).map_err(malformed)?;
        // Checked first on their own: with all parts in one struct, positions would be lost.
        let parts = PARTS.iter().filter(|name| table.remove(**name).is_some());
        let parts = match parts.count() {
            0 => Parts::default(),
            _ => toml::from_str::<Parts>(text).map_err(malformed)?,
        };
        let settings = if parts == Parts::default() {
            toml::from_str(text).map_err(malformed)?
        } else {
            Settings::deserialize(table).map_err(malformed)?
        };
        Ok(Self {
            settings,
            capabilities: parts.capabilities,
            clients: parts.clients,
        })
    }
}

/// The tables of a settings file.
#[derive(Default, PartialEq, Deserialize)]
#[serde(default)]
struct Parts {
    capabilities: Option<DeclaredCapabilities>,
    clients: BTreeMap<String, ClientSettings>,
}

/// The keys a settings file may have: the flags' names.
fn known_keys() -> Vec<String> {
    let flags = Settings::augment_args(clap::Command::new("settings"));
    let mut keys: Vec<String> = flags
        .get_arguments()
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .collect();
    keys.extend(PARTS.map(str::to_owned));
    keys
}

fn reject_unknown_keys(path: &Path, text: &str) -> Result<(), SettingsFileError> {
    let Ok(found) = toml::from_str::<BTreeMap<Spanned<String>, toml::Value>>(text) else {
        return Ok(()); // Not TOML: the typed reading says so with its place.
    };
    let known = known_keys();
    let Some(key) = found.into_keys().find(|key| !known.contains(key.get_ref())) else {
        return Ok(());
    };
    let before = text.get(..key.span().start).unwrap_or_default();
    let key = key.into_inner();
    Err(SettingsFileError::UnknownKey {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        suggestion: nearest(&key, known.iter().map(String::as_str)).map(str::to_owned),
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<FileSettings, String> {
        FileSettings::parse(Path::new("f.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_are_the_long_flags() {
        let file = parse(
            "target = \"http://localhost/fhir\"\npatient = [\"a\", \"b\"]\nfail-on = [\"no-data\"]",
        )
        .unwrap();
        assert_eq!(
            file.settings.target.as_deref(),
            Some("http://localhost/fhir")
        );
        assert_eq!(file.settings.patient, ["a", "b"]);
        assert_eq!(file.settings.fail_on, [super::super::FailOn::NoData]);
        assert_eq!(file.capabilities, None);
    }

    #[test]
    fn a_mistyped_key_is_named_with_its_line_and_the_likely_one() {
        let error = parse("jobs = 2\ntarget-url = \"x\"\n").unwrap_err();
        assert!(
            error.starts_with("f.toml:2: unknown key `target-url`"),
            "{error}"
        );
        let error = parse("targt = \"x\"").unwrap_err();
        assert!(error.contains("did you mean `target`?"), "{error}");
    }

    #[test]
    fn a_wrong_value_names_its_line() {
        let error = parse("jobs = 2\ntimeout = \"soon\"").unwrap_err();
        assert!(error.contains("line 2"), "{error}");
        let error = parse("jobs = ").unwrap_err();
        assert!(error.contains("line 1"), "{error}");
    }

    #[test]
    fn clients_have_names() {
        let file = parse(
            "client-id = \"a\"\nkey = \"a.pem\"\n[clients.narrow]\nclient-id = \"b\"\nkey = \"b.pem\"\nscope = \"system/Patient.r\"",
        )
        .unwrap();
        assert_eq!(file.settings.client_id.as_deref(), Some("a"));
        assert_eq!(file.clients["narrow"].client_id, "b");
        let error = parse("[clients.narrow]\nclient-id = \"b\"").unwrap_err();
        assert!(error.contains("key"), "{error}");
    }

    #[test]
    fn capabilities_replace_the_declaration() {
        let file = parse(
            "jobs = 2\n[capabilities.Condition]\ninteractions = [\"read\"]\nsearch-parameters = [\"patient\"]",
        )
        .unwrap();
        assert_eq!(file.settings.jobs, Some(2));
        let types = file.capabilities.unwrap().types;
        assert_eq!(types["Condition"].interactions, ["read"]);
        let error = parse("[capabilities.Condition]\ninteraction = [\"read\"]").unwrap_err();
        assert!(error.contains("interaction"), "{error}");
    }
}
