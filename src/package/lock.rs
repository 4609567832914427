//! The lock file: which version each name resolved to, with hashes.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::PackageId;

/// Name of the lock file, beside `fhir-assay.toml`.
pub const LOCK_FILE: &str = "fhir-assay.lock";

/// Version of the file's form.
const FORM: u32 = 1;
/// Bytes that a lock file may have.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

const HEAD: &str = "# Written by fhir-assay: the packages in use and their hashes. Keep it under version control.\n";

/// Why a lock file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("cannot read the lock file {}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the lock file {} is malformed: {problem}; correct or remove it", path.display())]
    Malformed { path: PathBuf, problem: String },
    #[error("cannot write the lock file {}: {source}", path.display())]
    Unwritable {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// What is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    version: u32,
    /// In the order of name and version.
    #[serde(default, rename = "package", skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Locked>,
}

/// One pinned package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    pub name: String,
    pub version: String,
    /// What was asked for and led here, such as `1.0.x`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requested: Vec<String>,
    /// Hash of the archive, `sha512-…`; absent where another tool installed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrity: Option<String>,
    /// Hash of the installed files, `sha256-…`.
    pub content: String,
}

impl Locked {
    pub fn id(&self) -> PackageId {
        PackageId {
            name: self.name.clone(),
            version: self.version.clone(),
        }
    }
}

impl Default for Lock {
    fn default() -> Self {
        Self {
            version: FORM,
            packages: Vec::new(),
        }
    }
}

impl Lock {
    /// Reads a lock file; one that is not there is empty.
    ///
    /// # Errors
    /// When it can't be read or is malformed.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let unreadable = |source| LockError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let malformed = |problem: String| LockError::Malformed {
            path: path.to_owned(),
            problem,
        };
        match fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(unreadable(error)),
            Ok(file) if file.len() > MAX_BYTES => {
                return Err(malformed(format!("it has more than {MAX_BYTES} bytes")));
            }
            Ok(_) => {}
        }
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let lock: Self = toml::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        if lock.version != FORM {
            return Err(malformed(format!(
                "it is of version {}, and this program knows {FORM}",
                lock.version
            )));
        }
        if let Some(bad) = lock
            .packages
            .iter()
            .find(|locked| PackageId::parse(&locked.id().to_string()).is_none())
        {
            return Err(malformed(format!(
                "{:?} is no package",
                bad.id().to_string()
            )));
        }
        Ok(lock)
    }

    /// Writes the lock file, whole or not at all.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, path: &Path) -> Result<(), LockError> {
        let unwritable = |source| LockError::Unwritable {
            path: path.to_owned(),
            source,
        };
        let text = toml::to_string(self)
            .map_err(|error| unwritable(std::io::Error::other(error.to_string())))?;
        let fresh = path.with_extension(format!("lock.{}", std::process::id()));
        fs::write(&fresh, format!("{HEAD}{text}"))
            .and_then(|()| fs::rename(&fresh, path))
            .map_err(|error| {
                let _ = fs::remove_file(&fresh);
                unwritable(error)
            })
    }

    /// The pinned package of that name and version.
    pub fn get(&self, id: &PackageId) -> Option<&Locked> {
        self.packages
            .iter()
            .find(|locked| locked.name == id.name && locked.version == id.version)
    }

    /// What this request was resolved to before.
    pub fn resolved(&self, name: &str, requested: &str) -> Option<PackageId> {
        self.packages
            .iter()
            .find(|locked| {
                let same = locked.version == requested;
                locked.name == name && (same || locked.requested.iter().any(|it| it == requested))
            })
            .map(Locked::id)
    }

    /// Pins a package, or adds to what is pinned of it.
    pub fn pin(
        &mut self,
        id: &PackageId,
        requested: &str,
        integrity: Option<String>,
        content: String,
    ) {
        // One request leads to one version.
        for other in self
            .packages
            .iter_mut()
            .filter(|other| other.name == id.name)
        {
            other.requested.retain(|it| it != requested);
        }
        let at = self.packages.iter().position(|it| it.id() == *id);
        let mut locked = match at {
            Some(at) => self.packages.remove(at),
            None => Locked {
                name: id.name.clone(),
                version: id.version.clone(),
                requested: Vec::new(),
                integrity: None,
                content: String::new(),
            },
        };
        locked.integrity = integrity.or(locked.integrity);
        locked.content = content;
        if requested != id.version {
            locked.requested.push(requested.to_owned());
            locked.requested.sort();
        }
        self.packages.push(locked);
        self.packages.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pinned_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK_FILE);
        assert_eq!(Lock::read(&path).unwrap(), Lock::default());
        let id = |version: &str| PackageId::parse(&format!("a.b#{version}")).unwrap();
        let mut lock = Lock::default();
        lock.pin(
            &id("1.0.1"),
            "1.0.x",
            Some("sha512-x".to_owned()),
            "sha256-y".to_owned(),
        );
        lock.pin(&id("1.0.1"), "1.0.1", None, "sha256-y".to_owned());
        lock.write(&path).unwrap();
        let mut again = Lock::read(&path).unwrap();
        assert_eq!(again, lock);
        assert_eq!(again.resolved("a.b", "1.0.x"), Some(id("1.0.1")));
        assert_eq!(again.resolved("a.b", "1.0.1"), Some(id("1.0.1")));
        assert_eq!(again.resolved("a.b", "latest"), None);
        assert_eq!(
            again.get(&id("1.0.1")).unwrap().integrity.as_deref(),
            Some("sha512-x")
        );
        again.pin(&id("1.0.2"), "1.0.x", None, "sha256-z".to_owned());
        assert_eq!(again.resolved("a.b", "1.0.x"), Some(id("1.0.2")));
    }

    #[test]
    fn a_malformed_lock_file_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK_FILE);
        for text in [
            "version = 2",
            "nonsense",
            "version = 1\n[[package]]\nname = \"../x\"\nversion = \"1\"\ncontent = \"\"",
        ] {
            fs::write(&path, text).unwrap();
            let error = Lock::read(&path).unwrap_err().to_string();
            assert!(error.contains("malformed"), "{error}");
        }
    }
}
