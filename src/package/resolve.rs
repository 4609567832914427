//! A package and everything it builds on: from the lock file, the cache, or the registry.

use std::collections::BTreeSet;

use super::install::{InstallError, Progress, content_hash, install};
use super::{Cache, Lock, Package, PackageError, PackageId, Registry, RegistryError, Wanted};

/// Packages that one resolution may come to.
const MAX_PACKAGES: usize = 200;

/// Finds packages and their dependencies.
pub struct Resolver<'a> {
    pub cache: &'a Cache,
    pub lock: &'a mut Lock,
    /// Asked for what is not installed; absent: nothing is downloaded.
    pub registry: Option<&'a Registry>,
    /// Looks past the lock file and what is installed, for the newest that is wanted.
    pub update: bool,
    /// Names of packages that are there in another way, such as built in.
    pub provided: &'a [&'a str],
    pub on_progress: &'a mut (dyn FnMut(Progress<'_>) + Send),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Resolution {
    /// Packages, each after those it builds on.
    pub packages: Vec<Package>,
    pub missing: Vec<Missing>,
    /// Packages that were downloaded.
    pub installed: Vec<PackageId>,
}

/// A dependency that could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// `NAME#VERSION` as the dependent package asks for it.
    pub wanted: String,
    /// The package that builds on it.
    pub by: String,
    pub reason: String,
}

impl Resolver<'_> {
    /// The package of that name, and in order before it everything it builds on.
    ///
    /// # Errors
    /// When the package itself can't be had. A missing dependency is among the results.
    pub fn by_name(&mut self, name: &str, requested: &str) -> Result<Resolution, InstallError> {
        let mut found = Resolution::default();
        let id = self.locate(name, requested, &mut found)?;
        let package = self.load(&id)?;
        let mut seen = BTreeSet::from([id]);
        self.add(package, &mut seen, &mut found);
        Ok(found)
    }

    /// What a package from elsewhere builds on, and the package itself as the last.
    pub fn around(&mut self, package: Package) -> Resolution {
        let mut found = Resolution::default();
        self.add(package, &mut BTreeSet::new(), &mut found);
        found
    }

    fn add(&mut self, package: Package, seen: &mut BTreeSet<PackageId>, found: &mut Resolution) {
        // Depth first without recursion: a package is kept once all that it builds on is.
        let mut open = vec![(wishes(&package), package)];
        while let Some((wishes, _)) = open.last_mut() {
            let Some((name, requested)) = wishes.pop() else {
                found
                    .packages
                    .extend(open.pop().map(|(_, package)| package));
                continue;
            };
            if self.provided.contains(&name.as_str()) {
                continue;
            }
            let by = open
                .last()
                .map(|(_, package)| package.manifest.id())
                .unwrap_or_default();
            let had = self.dependency(&name, &requested, seen, found);
            match had {
                Ok(Some(package)) => open.push((self::wishes(&package), package)),
                Ok(None) => {}
                Err(reason) => found.missing.push(Missing {
                    wanted: format!("{name}#{requested}"),
                    by,
                    reason,
                }),
            }
        }
    }

    fn dependency(
        &mut self,
        name: &str,
        requested: &str,
        seen: &mut BTreeSet<PackageId>,
        found: &mut Resolution,
    ) -> Result<Option<Package>, String> {
        if seen.len() >= MAX_PACKAGES {
            return Err(format!(
                "there are more than {MAX_PACKAGES} packages already"
            ));
        }
        if PackageId::parse(&format!("{name}#1")).is_none() {
            return Err("that is no name of a FHIR package".to_owned());
        }
        let id = self
            .locate(name, requested, found)
            .map_err(|error| error.to_string())?;
        if !seen.insert(id.clone()) {
            return Ok(None);
        }
        self.load(&id).map(Some).map_err(|error| error.to_string())
    }

    /// Where a package is installed, after a download if need be; what was decided is pinned.
    fn locate(
        &mut self,
        name: &str,
        requested: &str,
        found: &mut Resolution,
    ) -> Result<PackageId, InstallError> {
        let wanted = Wanted::parse(requested);
        let pinned = self.lock.resolved(name, requested).filter(|_| !self.update);
        let installed = match &pinned {
            Some(id) => self.cache.find(id).map(|_| id.clone()),
            None => self.installed(name, requested, &wanted),
        };
        if let Some(id) = installed {
            return Ok(id);
        }
        let exact = pinned
            .as_ref()
            .map_or(wanted, |id| Wanted::Exact(id.version.clone()));
        let registry = self
            .registry
            .filter(|_| !matches!(exact, Wanted::Unpublished(_)))
            .ok_or_else(|| not_installed(name, &exact, self.cache))?;
        let release = registry.find(name, &exact)?;
        let integrity = self
            .lock
            .get(&release.id)
            .and_then(|locked| locked.integrity.clone());
        let integrity = match self.cache.find(&release.id) {
            Some(_) => integrity,
            None => {
                let made = install(&release, self.cache, integrity.as_deref(), self.on_progress)?;
                found.installed.push(release.id.clone());
                Some(made)
            }
        };
        self.pin(&release.id, requested, integrity)?;
        Ok(release.id)
    }

    /// The version in the cache that does, without asking anyone.
    fn installed(&self, name: &str, requested: &str, wanted: &Wanted) -> Option<PackageId> {
        let versions = self.cache.versions(name);
        let versions = versions.iter().map(String::as_str);
        let version = match wanted {
            _ if self.update && !matches!(wanted, Wanted::Exact(_)) => None,
            // A build is installed under the word that it is asked for by.
            Wanted::Unpublished(_) => versions.clone().find(|version| *version == requested),
            // Only the registry knows what is the latest, unless there is none to ask.
            Wanted::Latest if self.registry.is_some() => None,
            _ => wanted.best(versions),
        }?;
        Some(PackageId {
            name: name.to_owned(),
            version: version.to_owned(),
        })
    }

    /// Pins an installed package by the hash of its files.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn pin(
        &mut self,
        id: &PackageId,
        requested: &str,
        integrity: Option<String>,
    ) -> Result<(), InstallError> {
        let folder = self.cache.folder.join(id.to_string());
        let content = content_hash(&folder).map_err(|source| InstallError::Unwritable {
            folder: folder.clone(),
            source,
        })?;
        self.lock.pin(id, requested, integrity, content);
        Ok(())
    }

    fn load(&self, id: &PackageId) -> Result<Package, InstallError> {
        let source = self.cache.folder.join(id.to_string());
        let package = super::folder::load(&source);
        package.map_err(|error: PackageError| InstallError::NoPackage {
            id: id.clone(),
            problem: error.to_string(),
        })
    }
}

/// The dependencies of a package, the last first.
fn wishes(package: &Package) -> Vec<(String, String)> {
    let needs = package.manifest.needs().map(|id| (id.name, id.version));
    let mut needs: Vec<_> = needs.collect();
    needs.reverse();
    needs
}

fn not_installed(name: &str, wanted: &Wanted, cache: &Cache) -> InstallError {
    let (name, wanted) = (name.to_owned(), wanted.to_string());
    InstallError::Registry(match Wanted::parse(&wanted) {
        Wanted::Unpublished(_) => RegistryError::Unpublished { name, wanted },
        _ => RegistryError::NotInstalled {
            installed: cache.versions(&name),
            name,
            wanted,
        },
    })
}
