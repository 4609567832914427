//! The folder of installed packages that FHIR tools share.

use std::fmt;
use std::path::PathBuf;

use super::version;

/// A package by name and version, written `NAME#VERSION`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    pub name: String,
    pub version: String,
}

impl PackageId {
    /// Reads `NAME#VERSION`; `None` where it is not of that form. Neither part may hold anything
    /// that has a meaning in a path.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, version) = text.split_once('#')?;
        (is_plain(name) && is_plain(version)).then(|| Self {
            name: name.to_owned(),
            version: version.to_owned(),
        })
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.name, self.version)
    }
}

fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.bytes().all(plain)
}

/// Installed packages, each unpacked in a folder `NAME#VERSION`.
#[derive(Debug, Clone)]
pub struct Cache {
    pub folder: PathBuf,
}

impl Cache {
    /// `~/.fhir/packages`, or the folder that the environment variable `FHIR_PACKAGE_CACHE` names.
    pub fn of_user() -> Self {
        let folder = std::env::var_os("FHIR_PACKAGE_CACHE").map_or_else(
            || {
                let home = std::env::home_dir().unwrap_or_default();
                home.join(".fhir").join("packages")
            },
            PathBuf::from,
        );
        Self { folder }
    }

    /// The folder of a package, where it is installed.
    pub fn find(&self, id: &PackageId) -> Option<PathBuf> {
        let folder = self.folder_of(id);
        folder.is_dir().then_some(folder)
    }

    /// Where a package is, or would be.
    pub fn folder_of(&self, id: &PackageId) -> PathBuf {
        self.folder.join(id.to_string())
    }

    /// The installed packages, by name and version.
    pub fn packages(&self) -> Vec<PackageId> {
        let mut packages: Vec<PackageId> = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|folder| PackageId::parse(folder.ok()?.file_name().to_str()?))
            .collect();
        packages.sort_by(|a, b| {
            let names = a.name.cmp(&b.name);
            names.then_with(|| version::compare(&a.version, &b.version))
        });
        packages
    }

    /// The installed versions of a package, the highest last.
    pub fn versions(&self, name: &str) -> Vec<String> {
        let mut versions: Vec<String> = self
            .packages()
            .into_iter()
            .filter(|id| id.name == name)
            .map(|id| id.version)
            .collect();
        versions.sort_by(|a, b| version::compare(a, b));
        versions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_the_cache() {
        let id = PackageId::parse("hl7.fhir.uv.ipa#1.0.0-ballot").unwrap();
        assert_eq!(id.to_string(), "hl7.fhir.uv.ipa#1.0.0-ballot");
        for hostile in [
            "", "a", "#", "a#", "#1", "..#..", "a/b#1", "a#../1", "a\\b#1", "a#1#2", "C:#1",
        ] {
            assert_eq!(PackageId::parse(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn installed_versions_are_listed_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a#1.10.0", "a#1.9.0", "ab#2", "a", "x"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let cache = Cache {
            folder: folder.path().to_owned(),
        };
        assert_eq!(cache.versions("a"), ["1.9.0", "1.10.0"]);
        assert!(cache.find(&PackageId::parse("a#1.9.0").unwrap()).is_some());
        assert!(cache.find(&PackageId::parse("a#2").unwrap()).is_none());
    }
}
