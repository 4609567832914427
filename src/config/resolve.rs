//! Settings → what a run needs to know.

use std::time::Duration;

use url::Url;

use super::{FileSettings, PatientKey, RunConfig, authorization};
use crate::http::{HttpSettings, Limits, Secret, Tls};
use crate::suite::Actor;

/// A setting whose value makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{setting} {value:?}: {problem}")]
pub struct SettingsError {
    setting: &'static str,
    value: String,
    problem: String,
}

pub(super) fn wrong(
    setting: &'static str,
    value: &str,
    problem: impl Into<String>,
) -> SettingsError {
    SettingsError {
        setting,
        value: value.to_owned(),
        problem: problem.into(),
    }
}

impl FileSettings {
    /// Decides every default.
    ///
    /// # Errors
    /// When a value is not of its form (a URL, a header, a number in range).
    pub fn resolve(self) -> Result<RunConfig, SettingsError> {
        let Self {
            settings,
            capabilities,
            clients,
        } = self;
        let authorization = authorization::resolve(&settings, &clients)?;
        let target = settings.target.as_deref().map(base_url).transpose()?;
        let actor = settings.actor.unwrap_or(Actor::ResourceAccessProvider);
        if !matches!(
            actor,
            Actor::ResourceAccessProvider
                | Actor::DocumentAccessProvider
                | Actor::AuthorizationServer
        ) {
            return Err(wrong(
                "--actor",
                &clap_name(actor),
                "the suite has no cases for this actor yet; use resource-access-provider, document-access-provider or authorization-server",
            ));
        }
        let client_identity = match (settings.client_cert, settings.client_key) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(path), None) => {
                return Err(wrong(
                    "--client-cert",
                    &path.to_string_lossy(),
                    "needs --client-key too",
                ));
            }
            (None, Some(path)) => {
                return Err(wrong(
                    "--client-key",
                    &path.to_string_lossy(),
                    "needs --client-cert too",
                ));
            }
        };
        let http = HttpSettings {
            limits: limits(settings.jobs, settings.timeout)?,
            tls: Tls {
                authorities: Vec::new(),
                ca_file: settings.ca_file,
                client_identity,
                insecure: settings.insecure,
            },
            headers: settings
                .header
                .iter()
                .map(|line| header(line))
                .collect::<Result<_, _>>()?,
            bearer: settings.bearer.map(Secret::new),
            allow_origins: settings
                .allow_origins
                .iter()
                .map(|text| http_url("--allow-origins", text))
                .collect::<Result<_, _>>()?,
            ..HttpSettings::default()
        };
        Ok(RunConfig {
            allow_writes: settings.allow_writes || target.is_none(),
            target,
            actor,
            filters: settings.filter,
            only: None,
            suites: settings.suite,
            patients: settings
                .patient
                .iter()
                .map(|text| patient(text))
                .collect::<Result<_, _>>()?,
            http,
            authorization,
            evidence: settings.evidence,
            packages: settings.package,
            terminology_server: settings.tx,
            capabilities,
        })
    }
}

fn clap_name(actor: Actor) -> String {
    use clap::ValueEnum;
    actor
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default()
}

pub(super) fn http_url(setting: &'static str, text: &str) -> Result<Url, SettingsError> {
    let url = Url::parse(text).map_err(|error| {
        wrong(
            setting,
            text,
            format!("{error}; give an absolute URL such as https://example.org/fhir"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong(setting, text, "is not an http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            setting,
            "…",
            "holds a user name or password; use --header or --bearer",
        ));
    }
    Ok(url)
}

/// A FHIR base URL: no query, no fragment, and a path that ends in a slash so that joining works.
fn base_url(text: &str) -> Result<Url, SettingsError> {
    let mut url = http_url("--target", text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(
            "--target",
            text,
            "a FHIR base URL has no query and no fragment",
        ));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn limits(jobs: Option<usize>, timeout: Option<u64>) -> Result<Limits, SettingsError> {
    let mut limits = Limits::default();
    if let Some(jobs) = jobs {
        if !(1..=64).contains(&jobs) {
            return Err(wrong("--jobs", &jobs.to_string(), "must be 1 to 64"));
        }
        limits.jobs = jobs;
    }
    if let Some(seconds) = timeout {
        if !(1..=3600).contains(&seconds) {
            return Err(wrong(
                "--timeout",
                &seconds.to_string(),
                "must be 1 to 3600 seconds",
            ));
        }
        limits.timeout = Duration::from_secs(seconds);
        limits.connect_timeout = limits.connect_timeout.min(limits.timeout);
    }
    Ok(limits)
}

fn header(line: &str) -> Result<(String, Secret), SettingsError> {
    let shown = line.split(':').next().unwrap_or_default();
    let (name, value) = line
        .split_once(':')
        .ok_or_else(|| wrong("--header", shown, "must be of the form 'Name: value'"))?;
    let (name, value) = (name.trim(), value.trim());
    if reqwest::header::HeaderName::try_from(name).is_err() {
        return Err(wrong("--header", shown, "is not a header name"));
    }
    if reqwest::header::HeaderValue::try_from(value).is_err() {
        return Err(wrong(
            "--header",
            shown,
            "the value holds characters no header may hold",
        ));
    }
    Ok((name.to_ascii_lowercase(), Secret::new(value)))
}

/// An identifier has a bar between system and value; a system may be empty, a logical id has no bar.
fn patient(text: &str) -> Result<PatientKey, SettingsError> {
    if let Some((system, value)) = text.rsplit_once('|') {
        if value.is_empty() {
            return Err(wrong(
                "--patient",
                text,
                "has no value behind the bar; give system|value",
            ));
        }
        return Ok(PatientKey::Identifier {
            system: system.to_owned(),
            value: value.to_owned(),
        });
    }
    let id = text.strip_prefix("Patient/").unwrap_or(text);
    let valid = (1..=64).contains(&id.len())
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    if !valid {
        return Err(wrong(
            "--patient",
            text,
            "is no logical id (letters, digits, - and . only); give system|value for an identifier",
        ));
    }
    Ok(PatientKey::Id(id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    fn resolve(settings: Settings) -> Result<RunConfig, String> {
        let file = FileSettings {
            settings,
            ..FileSettings::default()
        };
        file.resolve().map_err(|error| error.to_string())
    }

    #[test]
    fn a_base_url_ends_in_a_slash() {
        let config = resolve(Settings {
            target: Some("http://localhost:8080/fhir".into()),
            ..Settings::default()
        })
        .unwrap();
        assert_eq!(
            config.target.unwrap().as_str(),
            "http://localhost:8080/fhir/"
        );
        assert!(!config.allow_writes);
    }

    #[test]
    fn writing_is_allowed_on_the_embedded_provider_only() {
        assert!(resolve(Settings::default()).unwrap().allow_writes);
    }

    #[test]
    fn senseless_values_are_refused_with_their_name() {
        let table: [(&str, Settings); 8] = [
            (
                "--target",
                Settings {
                    target: Some("localhost".into()),
                    ..Settings::default()
                },
            ),
            (
                "--target",
                Settings {
                    target: Some("ftp://x/".into()),
                    ..Settings::default()
                },
            ),
            (
                "--target",
                Settings {
                    target: Some("http://x/?a=b".into()),
                    ..Settings::default()
                },
            ),
            (
                "--jobs",
                Settings {
                    jobs: Some(0),
                    ..Settings::default()
                },
            ),
            (
                "--timeout",
                Settings {
                    timeout: Some(0),
                    ..Settings::default()
                },
            ),
            (
                "--header",
                Settings {
                    header: vec!["nonsense".into()],
                    ..Settings::default()
                },
            ),
            (
                "--patient",
                Settings {
                    patient: vec!["a b".into()],
                    ..Settings::default()
                },
            ),
            (
                "--client-cert",
                Settings {
                    client_cert: Some("x.pem".into()),
                    ..Settings::default()
                },
            ),
        ];
        for (name, settings) in table {
            let error = resolve(settings).unwrap_err();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn a_secret_in_a_wrong_setting_is_not_repeated() {
        let settings = Settings {
            target: Some("http://me:hush@x/".into()),
            ..Settings::default()
        };
        assert!(!resolve(settings).unwrap_err().contains("hush"));
        let settings = Settings {
            header: vec!["x y: hush".into()],
            ..Settings::default()
        };
        assert!(!resolve(settings).unwrap_err().contains("hush"));
    }

    #[test]
    fn patients_are_ids_or_identifiers() {
        let settings = Settings {
            patient: vec!["Patient/p1".into(), "urn:oid:1.2|77".into()],
            ..Settings::default()
        };
        assert_eq!(
            resolve(settings).unwrap().patients,
            [
                PatientKey::Id("p1".into()),
                PatientKey::Identifier {
                    system: "urn:oid:1.2".into(),
                    value: "77".into()
                }
            ]
        );
    }
}
