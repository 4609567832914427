//! FHIR packages: from an archive, a folder, a single file, or the user's package cache.
//!
//! Whatever the source, a package is a list of conformance resources; everything else in it is
//! passed over. Sizes and counts are bounded, and no path of an archive is ever written to.

mod archive;
mod entry;
mod folder;
mod manifest;
mod single_file;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

pub use entry::{Entry, Kind};
pub use manifest::Manifest;

/// Bytes one file of a package may have.
const MAX_FILE: u64 = 64 * 1024 * 1024;
/// Bytes all files of a package may have, unpacked.
const MAX_TOTAL: u64 = 1024 * 1024 * 1024;
/// Files a package may have.
const MAX_FILES: usize = 100_000;

/// Conformance resources that belong together.
#[derive(Debug, Clone, Default)]
pub struct Package {
    pub manifest: Manifest,
    pub resources: Vec<PackagedResource>,
}

/// One conformance resource of a package, unparsed.
#[derive(Debug, Clone)]
pub struct PackagedResource {
    pub entry: Entry,
    pub json: Cow<'static, [u8]>,
}

/// Why a package could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error("cannot read the package {name}: {source}")]
    Unreadable {
        name: String,
        source: std::io::Error,
    },
    #[error(
        "no package {name}: there is no such file or folder, and {} does not hold it; give a .tgz, a folder, a .json file, or NAME#VERSION of an installed package",
        cache.display()
    )]
    NotFound { name: String, cache: PathBuf },
    #[error("the package {name} is no FHIR package: {problem}")]
    Malformed { name: String, problem: String },
    #[error("the package {name} exceeds {limit}; it is not loaded")]
    TooLarge { name: String, limit: &'static str },
}

impl Package {
    /// Loads a package: `.tgz`, folder, `.json` (one conformance resource or a Bundle of them), or
    /// `NAME#VERSION` from the user's package cache.
    ///
    /// # Errors
    /// When there is no such package, it cannot be read, is malformed or too large.
    pub fn load(source: &str) -> Result<Self, PackageError> {
        let path = Path::new(source);
        if path.is_dir() {
            return folder::load(path);
        }
        if path.is_file() {
            return if path.extension().is_some_and(|ending| ending == "json") {
                single_file::load(path)
            } else {
                archive::load(path)
            };
        }
        let cache = cache_folder();
        let installed = cache.join(source);
        if source.contains('#') && !source.contains(['/', '\\']) && installed.is_dir() {
            return folder::load(&installed);
        }
        Err(PackageError::NotFound {
            name: source.to_owned(),
            cache,
        })
    }

    /// A package from files already in memory, such as embedded ones.
    ///
    /// # Errors
    /// When a file is no JSON resource.
    pub fn from_files(
        name: &str,
        files: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>,
    ) -> Result<Self, PackageError> {
        let mut builder = Builder::new(name);
        for (path, bytes) in files {
            builder.add(&path, bytes)?;
        }
        builder.finish()
    }
}

/// The folder of installed packages that FHIR tools share (`~/.fhir/packages`), or what the
/// environment variable `FHIR_PACKAGE_CACHE` names.
fn cache_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("FHIR_PACKAGE_CACHE") {
        return PathBuf::from(folder);
    }
    std::env::home_dir()
        .unwrap_or_default()
        .join(".fhir")
        .join("packages")
}

/// Collects the files of a package within the bounds.
struct Builder {
    name: String,
    package: Package,
    files: usize,
    bytes: u64,
}

impl Builder {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            package: Package::default(),
            files: 0,
            bytes: 0,
        }
    }

    /// Counts a file before it is read, so that no bound is passed in memory.
    fn reserve(&mut self, size: u64) -> Result<(), PackageError> {
        self.files += 1;
        self.bytes += size;
        let limit = if size > MAX_FILE {
            "64 MiB for one file"
        } else if self.bytes > MAX_TOTAL {
            "1 GiB in all"
        } else if self.files > MAX_FILES {
            "100,000 files"
        } else {
            return Ok(());
        };
        Err(PackageError::TooLarge {
            name: self.name.clone(),
            limit,
        })
    }

    /// Adds a file by its path inside the package; only JSON at the top of `package/` counts.
    fn add(&mut self, path: &str, json: Cow<'static, [u8]>) -> Result<(), PackageError> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        if !name.ends_with(".json") || name.starts_with('.') {
            return Ok(());
        }
        let malformed = |error: serde_json::Error| PackageError::Malformed {
            name: self.name.clone(),
            problem: format!("{path}: {error}"),
        };
        if name == "package.json" {
            self.package.manifest = Manifest::read(&json).map_err(malformed)?;
        } else if !is_bookkeeping(name)
            && let Some(entry) = Entry::read(&json).map_err(malformed)?
        {
            self.package
                .resources
                .push(PackagedResource { entry, json });
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Package, PackageError> {
        if self.package.resources.is_empty() && self.package.manifest.name.is_empty() {
            return Err(PackageError::Malformed {
                name: self.name,
                problem: "it has neither a package.json nor a conformance resource".to_owned(),
            });
        }
        if self.package.manifest.name.is_empty() {
            self.package.manifest.name = self.name;
        }
        self.package.resources.sort_by(|a, b| a.entry.cmp(&b.entry));
        Ok(self.package)
    }
}

/// JSON files of tools, which are no resources.
fn is_bookkeeping(name: &str) -> bool {
    matches!(
        name,
        "package-lock.json" | "ig-r4.json" | "spec.internals" | "validation-summary.json"
    ) || name.ends_with(".openapi.json")
        || name.ends_with(".schema.json")
}

#[cfg(test)]
mod tests;
