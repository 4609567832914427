//! FHIR packages: from an archive, a folder, a single file, the user's package cache, or a registry.
//!
//! Whatever the source, a package is a list of conformance resources; everything else in it is
//! passed over. Sizes and counts are bounded; an archive is written to disk only by [`install`].

mod archive;
mod cache;
mod entry;
mod error;
mod folder;
mod install;
mod integrity;
mod lock;
mod manifest;
mod references;
mod registry;
mod resolve;
mod single_file;
mod sound;
mod unpack;
mod version;
mod wanted;

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use cache::{Cache, PackageId};
pub use entry::{Entry, Kind};
pub use error::{PackageError, TooLarge};
pub use install::{InstallError, Progress, content_hash, install};
pub use lock::{LOCK_FILE, Lock, LockError, Locked};
pub use manifest::Manifest;
pub use registry::{PUBLIC as PUBLIC_REGISTRIES, Registry, RegistryError, Release};
pub use resolve::{Missing, Resolution, ResolveError, Resolver};
pub use unpack::UnpackError;
pub use version::{compare as compare_versions, satisfies as version_satisfies};
pub use wanted::Wanted;

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
    /// In the order of [`Entry::order`]. Each is sound JSON.
    pub resources: Vec<PackagedResource>,
}

/// One conformance resource of a package, unparsed.
#[derive(Debug, Clone)]
pub struct PackagedResource {
    pub entry: Entry,
    pub json: Cow<'static, [u8]>,
}

impl Package {
    /// Loads a package: `.tgz`, folder, `.json` (one conformance resource or a Bundle of them), or
    /// `NAME#VERSION` from the user's package cache.
    ///
    /// # Errors
    /// When there is no such package, it cannot be read, is malformed or too large.
    pub fn load(source: &str) -> Result<Self, PackageError> {
        Self::load_with(source, &Cache::of_user())
    }

    /// As [`Package::load`], with the cache to look in.
    ///
    /// # Errors
    /// As [`Package::load`].
    pub fn load_with(source: &str, cache: &Cache) -> Result<Self, PackageError> {
        let path = Path::new(source);
        if path.is_dir() {
            return folder::load(path);
        }
        if path.is_file() {
            return if path.extension().is_some_and(|ending| ending == "json") {
                single_file::load(path)
            } else {
                let archive =
                    File::open(path).map_err(|error| PackageError::unreadable(source, error))?;
                archive::read(source, archive)
            };
        }
        match PackageId::parse(source).and_then(|id| cache.find(&id)) {
            Some(folder) => folder::load(&folder),
            None => Err(PackageError::not_found(source, cache)),
        }
    }

    /// Reads a `.tgz` from wherever it comes; `name` is what messages call it.
    ///
    /// # Errors
    /// When it cannot be read, is malformed or too large.
    pub fn read(name: &str, archive: impl Read) -> Result<Self, PackageError> {
        archive::read(name, archive)
    }

    /// A package from files already in memory, such as embedded ones.
    ///
    /// # Errors
    /// When a file is no JSON, or there is no conformance resource.
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

    /// Counts a file of any kind, before it is read or skipped.
    fn count(&mut self, size: u64) -> Result<(), PackageError> {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > MAX_TOTAL {
            Err(PackageError::too_large(&self.name, TooLarge::Total))
        } else if self.files > MAX_FILES {
            Err(PackageError::too_large(&self.name, TooLarge::Files))
        } else {
            Ok(())
        }
    }

    /// Admits a file that is to be read, so that no bound is passed in memory.
    fn admit(&self, size: u64) -> Result<(), PackageError> {
        if size > MAX_FILE {
            return Err(PackageError::too_large(&self.name, TooLarge::File));
        }
        Ok(())
    }

    /// Adds a file that is content of the package.
    fn add(&mut self, path: &str, mut json: Cow<'static, [u8]>) -> Result<(), PackageError> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        if !name.ends_with(".json") || name.starts_with('.') {
            return Ok(());
        }
        if let Some(text) = json.strip_prefix(BYTE_ORDER_MARK) {
            json = Cow::Owned(text.to_vec());
        }
        let bad_file = |problem| PackageError::BadFile {
            package: self.name.clone(),
            file: path.to_owned(),
            problem,
        };
        if name == "package.json" {
            self.package.manifest = Manifest::read(&json).map_err(bad_file)?;
        } else if let Some(entry) = Entry::read(&json).map_err(bad_file)? {
            self.package
                .resources
                .push(PackagedResource { entry, json });
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.package.resources.is_empty()
    }

    fn finish(mut self) -> Result<Package, PackageError> {
        if self.package.resources.is_empty() && self.package.manifest.name.is_empty() {
            return Err(PackageError::Empty { name: self.name });
        }
        if self.package.manifest.name.is_empty() {
            self.package.manifest.name = self.name;
        }
        let resources = &mut self.package.resources;
        resources.sort_by(|a, b| a.entry.order(&b.entry));
        Ok(self.package)
    }
}

/// What some editors put before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a file, even one that grows meanwhile, within the bounds.
fn read_file(path: &Path, builder: &mut Builder) -> Result<Vec<u8>, PackageError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| PackageError::unreadable(&path.display().to_string(), error))?;
    builder.count(bytes.len() as u64)?;
    builder.admit(bytes.len() as u64)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
