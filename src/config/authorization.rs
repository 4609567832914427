//! Settings of SMART Backend Services → clients with their keys.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::value::{SettingsError, http_url, wrong};
use super::{ClientSettings, Settings};
use crate::auth::SigningKey;

/// The name of the run's own client.
const OWN: &str = "default";
/// Seconds: RFC 7519 section 4.1.4 allows a few minutes.
const MOST_LEEWAY: u64 = 300;

/// Who the run is to the authorization server.
#[derive(Debug, Clone, Default)]
pub struct AuthorizationConfig {
    /// The first is the run's own; empty: no SMART Backend Services.
    pub clients: Vec<ClientConfig>,
    /// Token endpoint; absent: the one that the target's discovery document names.
    pub token_url: Option<Url>,
    /// For how long the target takes a token after its end, for clocks that differ (RFC 7519
    /// section 4.1.4); absent: not known.
    pub leeway: Option<Duration>,
}

/// A client that is registered with the authorization server.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Name in the settings and in cases.
    pub name: String,
    pub client_id: String,
    pub key: Arc<SigningKey>,
    /// What to ask for; absent: to read and search what the target declares.
    pub scope: Option<String>,
}

/// Reads the keys and decides the defaults.
pub(super) fn resolve(
    settings: &Settings,
    others: &BTreeMap<String, ClientSettings>,
) -> Result<AuthorizationConfig, SettingsError> {
    let mut clients = Vec::new();
    match (&settings.client_id, &settings.key) {
        (Some(id), Some(key)) => {
            if settings.bearer.is_some() {
                let problem = "a run has a client or a --bearer token, not both; leave one out";
                return Err(wrong("--client-id", id, problem));
            }
            let (kid, scope) = (settings.kid.as_deref(), settings.scope.clone());
            clients.push(client(OWN, id, key, kid, scope)?);
        }
        (Some(id), None) => {
            let problem = "needs --key too, the client's private key; `fhir-assay keys` makes one";
            return Err(wrong("--client-id", id, problem));
        }
        (None, Some(key)) => {
            let problem = "needs --client-id too, as the authorization server knows the client";
            return Err(wrong("--key", &key.to_string_lossy(), problem));
        }
        (None, None) => no_client(settings, others)?,
    }
    for (name, written) in others {
        let ClientSettings {
            client_id,
            key,
            kid,
            scope,
        } = written;
        clients.push(client(name, client_id, key, kid.as_deref(), scope.clone())?);
    }
    let token_url = settings.token_url.as_deref();
    Ok(AuthorizationConfig {
        clients,
        token_url: token_url
            .map(|text| http_url("--token-url", text))
            .transpose()?,
        leeway: leeway(settings.leeway)?,
    })
}

fn leeway(seconds: Option<u64>) -> Result<Option<Duration>, SettingsError> {
    match seconds {
        Some(more) if more > MOST_LEEWAY => {
            let problem = format!("is more than a leeway for clocks: give {MOST_LEEWAY} at most");
            Err(wrong("--leeway", &more.to_string(), problem))
        }
        seconds => Ok(seconds.map(Duration::from_secs)),
    }
}

/// What has no meaning without a client.
fn no_client(
    settings: &Settings,
    others: &BTreeMap<String, ClientSettings>,
) -> Result<(), SettingsError> {
    let problem = "needs --client-id and --key too";
    for (setting, value) in [
        ("--kid", &settings.kid),
        ("--scope", &settings.scope),
        ("--token-url", &settings.token_url),
    ] {
        if let Some(value) = value {
            return Err(wrong(setting, value, problem));
        }
    }
    match others.keys().next() {
        Some(name) => Err(wrong(
            "[clients]",
            name,
            "the run has no client of its own; give client-id and key outside of [clients] too",
        )),
        None => Ok(()),
    }
}

fn client(
    name: &str,
    client_id: &str,
    key: &Path,
    kid: Option<&str>,
    scope: Option<String>,
) -> Result<ClientConfig, SettingsError> {
    let read = SigningKey::read(key, kid);
    let key = read.map_err(|error| wrong("--key", &key.to_string_lossy(), error.to_string()))?;
    Ok(ClientConfig {
        name: name.to_owned(),
        client_id: client_id.to_owned(),
        key: Arc::new(key),
        scope,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Algorithm;

    fn text(error: SettingsError) -> String {
        error.to_string()
    }

    #[test]
    fn a_client_has_id_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let key = SigningKey::generate(Algorithm::Es384).unwrap();
        std::fs::write(&path, key.to_pem().unwrap().expose()).unwrap();
        let settings = Settings {
            client_id: Some("me".to_owned()),
            key: Some(path.clone()),
            kid: Some("k1".to_owned()),
            ..Settings::default()
        };
        let other = ClientSettings {
            client_id: "other".to_owned(),
            key: path,
            ..ClientSettings::default()
        };
        let others = BTreeMap::from([("narrow".to_owned(), other)]);
        let found = resolve(&settings, &others).unwrap();
        let told: Vec<_> = found
            .clients
            .iter()
            .map(|client| {
                (
                    client.name.as_str(),
                    client.client_id.as_str(),
                    client.key.kid(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [("default", "me", "k1"), ("narrow", "other", key.kid())]
        );
        let without = Settings::default();
        assert!(text(resolve(&without, &others).unwrap_err()).contains("narrow"));
        let both = Settings {
            bearer: Some("t".to_owned()),
            ..settings
        };
        assert!(text(resolve(&both, &others).unwrap_err()).contains("not both"));
    }

    #[test]
    fn half_a_client_says_what_is_missing() {
        let none = BTreeMap::new();
        for (settings, expected) in [
            (
                Settings {
                    client_id: Some("me".to_owned()),
                    ..Settings::default()
                },
                "needs --key",
            ),
            (
                Settings {
                    key: Some("k.pem".into()),
                    ..Settings::default()
                },
                "needs --client-id",
            ),
            (
                Settings {
                    scope: Some("system/*.rs".to_owned()),
                    ..Settings::default()
                },
                "needs --client-id and --key",
            ),
            (
                Settings {
                    client_id: Some("me".to_owned()),
                    key: Some("/no/such/key.pem".into()),
                    ..Settings::default()
                },
                "cannot read the key",
            ),
        ] {
            let error = text(resolve(&settings, &none).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }
}
