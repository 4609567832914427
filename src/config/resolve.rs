//! Settings → what a run needs to know.

use super::value::{SettingsError, base_url, header, http_url, limits, patient, wrong};
use super::{FileSettings, RunConfig, authorization};
use crate::http::{HttpSettings, Secret, Tls};
use crate::suite::Actor;

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

#[cfg(test)]
mod tests {
    use super::super::{PatientKey, Settings};
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
