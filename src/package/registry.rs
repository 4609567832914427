//! Registries that speak the npm protocol: versions of a package, and their archives.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::integrity::{Hasher, Hashes};
use super::{PackageId, Wanted};
use crate::http::TransferError;
use crate::http::download::{self, Into, OnBytes, download};

/// The public registries of FHIR packages, asked where no other is named.
pub const PUBLIC: [&str; 2] = [
    "https://packages.fhir.org",
    "https://packages2.fhir.org/packages",
];

/// Bytes that a registry may say about one package.
const MAX_METADATA: u64 = 64 * 1024 * 1024;
/// Bytes that an archive may have, compressed.
const MAX_ARCHIVE: u64 = 256 * 1024 * 1024;
/// For one download.
const TIME: Duration = Duration::from_secs(900);

/// Why a registry had nothing for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    #[error("--registry {text} is not the URL of a registry (http or https): {reason}")]
    BadUrl { text: String, reason: String },
    #[error("{0}; check the network and --registry, or give the package as a file")]
    Transfer(#[from] TransferError),
    #[error("{url} does not answer as an npm registry does: {reason}; check --registry")]
    NotMetadata { url: String, reason: String },
    #[error("no package {name} in {}; check its name, or name another --registry", registries.join(" and "))]
    NoPackage {
        name: String,
        registries: Vec<String>,
    },
    #[error("no version {wanted} of {name}; the registry has {}", few(available))]
    NoVersion {
        name: String,
        wanted: String,
        available: Vec<String>,
    },
    #[error(
        "{name}#{wanted} is a build that no registry holds: build it or get its package.tgz, and give that file with --package"
    )]
    Unpublished { name: String, wanted: String },
    #[error(
        "{name}#{wanted} is not installed{}; `fhir-assay packages install {name}#{wanted}` downloads it",
        others(installed)
    )]
    NotInstalled {
        name: String,
        wanted: String,
        /// Versions of it that are.
        installed: Vec<String>,
    },
    #[error(
        "the archive of {id} from {url} is refused: its hash is not the one that the registry states"
    )]
    WrongHash { id: PackageId, url: String },
}

/// Registries, asked in order.
#[derive(Debug, Clone)]
pub struct Registry {
    bases: Vec<Url>,
}

/// A version of a package and where its archive is.
#[derive(Debug, Clone)]
pub struct Release {
    pub id: PackageId,
    tarball: Url,
    shasum: Option<String>,
    integrity: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    #[serde(default, rename = "dist-tags")]
    tags: BTreeMap<String, String>,
    /// Only the chosen version is read: what an old one says of itself is no reason to fail.
    #[serde(default)]
    versions: BTreeMap<String, Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
struct VersionMetadata {
    dist: Dist,
}

#[derive(Debug, Deserialize)]
struct Dist {
    tarball: String,
    #[serde(default)]
    shasum: Option<String>,
    #[serde(default)]
    integrity: Option<String>,
}

impl Registry {
    /// The registries at these URLs; without any, the public ones.
    ///
    /// # Errors
    /// When one is no http or https URL.
    pub fn new(urls: &[String]) -> Result<Self, RegistryError> {
        let texts: Vec<&str> = if urls.is_empty() {
            PUBLIC.to_vec()
        } else {
            urls.iter().map(String::as_str).collect()
        };
        let bases = texts.into_iter().map(base).collect::<Result<_, _>>()?;
        Ok(Self { bases })
    }

    /// Finds the best version of a package, at the first registry that has one.
    ///
    /// # Errors
    /// When no registry has it; the first reason that is more than "not here" is given.
    pub fn find(&self, name: &str, wanted: &Wanted) -> Result<Release, RegistryError> {
        if let Wanted::Unpublished(version) = wanted {
            return Err(RegistryError::Unpublished {
                name: name.to_owned(),
                wanted: version.clone(),
            });
        }
        let mut reason = None;
        for base in &self.bases {
            match find_at(base, name, wanted) {
                Ok(release) => return Ok(release),
                Err(RegistryError::NoPackage { .. }) => {}
                Err(error) => {
                    reason.get_or_insert(error);
                }
            }
        }
        Err(reason.unwrap_or_else(|| RegistryError::NoPackage {
            name: name.to_owned(),
            registries: self.bases.iter().map(Url::to_string).collect(),
        }))
    }
}

impl Release {
    /// Downloads the archive and compares its hash with the stated ones. What was written to
    /// `into` is to be thrown away on an error.
    pub(super) fn download(
        &self,
        into: Into<'_>,
        on_bytes: OnBytes<'_>,
    ) -> Result<Hashes, RegistryError> {
        let mut hasher = Hasher::new();
        let mut keep = |bytes: &[u8]| {
            hasher.update(bytes);
            into(bytes)
        };
        let wanted = download::Wanted {
            url: &self.tarball,
            accept: "*/*",
            limit: MAX_ARCHIVE,
            time: TIME,
        };
        download(&wanted, &mut keep, on_bytes)?;
        let hashes = hasher.finish();
        if hashes.agree(self.integrity.as_deref(), self.shasum.as_deref()) {
            return Ok(hashes);
        }
        Err(RegistryError::WrongHash {
            id: self.id.clone(),
            url: self.tarball.to_string(),
        })
    }
}

fn base(text: &str) -> Result<Url, RegistryError> {
    let bad = |reason: String| RegistryError::BadUrl {
        text: text.to_owned(),
        reason,
    };
    let mut url = Url::parse(text).map_err(|error| bad(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad(format!("its scheme is {}", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RegistryError::BadUrl {
            text: "…".to_owned(),
            reason: "it holds a user name or password, and none are sent to registries".to_owned(),
        });
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

fn find_at(base: &Url, name: &str, wanted: &Wanted) -> Result<Release, RegistryError> {
    let not_metadata = |reason: String| RegistryError::NotMetadata {
        url: base.to_string(),
        reason,
    };
    let url = base
        .join(name)
        .map_err(|error| not_metadata(error.to_string()))?;
    let metadata: Metadata = serde_json::from_slice(&read(&url, name)?)
        .map_err(|error| not_metadata(error.to_string()))?;
    let (version, described) = metadata
        .best(wanted)
        .ok_or_else(|| RegistryError::NoVersion {
            name: name.to_owned(),
            wanted: wanted.to_string(),
            available: metadata.versions.keys().cloned().collect(),
        })?;
    let id = PackageId::parse(&format!("{name}#{version}"))
        .ok_or_else(|| not_metadata(format!("{version:?} is no version")))?;
    release(base, &id, described).map_err(|reason| not_metadata(format!("{id}: {reason}")))
}

impl Metadata {
    /// The version that is wanted and what is said of it.
    fn best(&self, wanted: &Wanted) -> Option<(&str, &str)> {
        let tagged = match wanted {
            Wanted::Latest => self.tags.get("latest").map(String::as_str),
            _ => None,
        };
        let version = tagged
            .filter(|tag| self.versions.contains_key(*tag))
            .or_else(|| wanted.best(self.versions.keys().map(String::as_str)))?;
        let described = self.versions.get(version)?;
        Some((version, described.get()))
    }
}

fn release(base: &Url, id: &PackageId, described: &str) -> Result<Release, String> {
    let VersionMetadata { dist } =
        serde_json::from_str(described).map_err(|error| error.to_string())?;
    let tarball = base
        .join(&dist.tarball)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or("its tarball is no http or https URL")?;
    let shasum = dist.shasum.filter(|hash| !hash.is_empty());
    let integrity = dist.integrity.filter(|hash| !hash.is_empty());
    let is_opened = base.scheme() == "https" && tarball.scheme() == "http";
    if is_opened && shasum.is_none() && integrity.is_none() {
        return Err("its tarball is at an http URL, and no hash protects it".to_owned());
    }
    Ok(Release {
        id: id.clone(),
        tarball,
        shasum,
        integrity,
    })
}

fn read(url: &Url, name: &str) -> Result<Vec<u8>, RegistryError> {
    let mut json = Vec::new();
    let mut keep = |bytes: &[u8]| {
        json.extend_from_slice(bytes);
        Ok(())
    };
    let wanted = download::Wanted {
        url,
        accept: "application/json",
        limit: MAX_METADATA,
        time: TIME,
    };
    match download(&wanted, &mut keep, &mut |_, _| {}) {
        Ok(()) => Ok(json),
        Err(TransferError::Status { status: 404, .. }) => Err(RegistryError::NoPackage {
            name: name.to_owned(),
            registries: vec![url.to_string()],
        }),
        Err(error) => Err(error.into()),
    }
}

/// Some of many, the last ones: the newest.
fn few(versions: &[String]) -> String {
    let mut shown: Vec<&str> = versions.iter().map(String::as_str).collect();
    shown.sort_by(|a, b| super::compare_versions(b, a));
    shown.truncate(8);
    if shown.is_empty() {
        "none".to_owned()
    } else {
        shown.join(", ")
    }
}

fn others(versions: &[String]) -> String {
    if versions.is_empty() {
        String::new()
    } else {
        format!(" (but {})", few(versions))
    }
}
