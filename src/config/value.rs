//! The values of settings that are more than a text: how they are read, and what is wrong with them.

use std::time::Duration;

use url::Url;

use crate::http::{Limits, Secret};

/// A setting whose value makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{setting} {value:?}: {problem}")]
pub struct SettingsError {
    setting: &'static str,
    value: String,
    problem: String,
}

/// How the user names a patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientKey {
    /// Logical id of the Patient resource.
    Id(String),
    /// `system|value` of an identifier.
    Identifier { system: String, value: String },
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

/// An absolute http or https URL without credentials.
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
pub(super) fn base_url(text: &str) -> Result<Url, SettingsError> {
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

/// How much may be sent at once, and how long to wait.
pub(super) fn limits(jobs: Option<usize>, timeout: Option<u64>) -> Result<Limits, SettingsError> {
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

/// A header line, its name in lower case.
pub(super) fn header(line: &str) -> Result<(String, Secret), SettingsError> {
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
pub(super) fn patient(text: &str) -> Result<PatientKey, SettingsError> {
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
