//! Packages and everything they build on: from files, the lock file, the cache, or a registry.

use std::collections::BTreeSet;
use std::path::Path;

use super::install::{InstallError, Progress, content_hash, install};
use super::{
    Cache, Lock, Package, PackageError, PackageId, Registry, RegistryError, Wanted, folder,
};

/// Packages that one resolution may come to.
const MAX_PACKAGES: usize = 200;

/// FHIR R4 itself, which is built in: read from a package only where that is asked for by name.
const BASE: &str = "hl7.fhir.r4.core";

/// Why a package that was asked for can't be had.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    Install(#[from] InstallError),
    #[error(
        "the installed package {id} is not the one that the lock file pins: its files were changed; remove the folder {folder} and install it again, or remove its entry from the lock file"
    )]
    Changed { id: PackageId, folder: String },
    #[error("there are more than {MAX_PACKAGES} packages already")]
    TooMany,
    #[error("that is no name of a FHIR package")]
    NoName,
}

/// Finds packages and their dependencies.
pub struct Resolver<'a> {
    pub cache: &'a Cache,
    /// What is pinned is used in that version only, and must be as it was.
    pub lock: &'a mut Lock,
    /// Whether what is used is added to `lock`.
    pub pins: bool,
    /// Asked for what is not installed; absent: nothing is downloaded.
    pub registry: Option<&'a Registry>,
    /// Looks past the lock file and what is installed, for the newest that is wanted.
    pub update: bool,
    pub on_progress: &'a mut (dyn FnMut(Progress<'_>) + Send),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Resolution {
    /// Dependencies, each after those it builds on itself; then the packages that were asked for.
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
    /// The package that builds on it, as `NAME#VERSION`.
    pub by: String,
    pub reason: String,
}

impl Resolver<'_> {
    /// The packages from these sources (`.tgz`, folder, `.json`, or `NAME#VERSION`, where the
    /// version may be `1.0.x` or `latest`) and what they build on.
    ///
    /// # Errors
    /// When one of them can't be had, or a package is not as it was pinned. A missing dependency is
    /// among the results.
    pub fn resolve(&mut self, sources: &[String]) -> Result<Resolution, ResolveError> {
        let mut found = Resolution::default();
        let mut seen = BTreeSet::new();
        let mut asked = Vec::new();
        for source in sources {
            let package = self.ask(source, &mut found)?;
            seen.insert(id_of(&package));
            asked.push(package);
        }
        for package in &asked {
            self.add_dependencies(package, &mut seen, &mut found)?;
        }
        found.packages.extend(asked);
        Ok(found)
    }

    fn ask(&mut self, source: &str, found: &mut Resolution) -> Result<Package, ResolveError> {
        if !Path::new(source).exists()
            && let Some((name, wanted)) = split(source)
        {
            let id = self.locate(name, wanted, found)?;
            return Ok(self.load(&id)?);
        }
        Ok(Package::load_with(source, self.cache)?)
    }

    /// Depth first and without recursion: a package is kept once all that it builds on is.
    fn add_dependencies(
        &mut self,
        package: &Package,
        seen: &mut BTreeSet<PackageId>,
        found: &mut Resolution,
    ) -> Result<(), ResolveError> {
        let mut open = vec![Open::new(package.manifest.id(), wishes(package), None)];
        while let Some(top) = open.last_mut() {
            let Some((name, wanted)) = top.wishes.pop() else {
                found
                    .packages
                    .extend(open.pop().and_then(|done| done.package));
                continue;
            };
            if name == BASE {
                continue;
            }
            let by = top.id.clone();
            match self.dependency(&name, &wanted, seen, found) {
                Err(changed @ ResolveError::Changed { .. }) => return Err(changed),
                Ok(None) => {}
                Ok(Some(package)) => open.push(Open::new(
                    package.manifest.id(),
                    wishes(&package),
                    Some(package),
                )),
                Err(error) => found.missing.push(Missing {
                    wanted: format!("{name}#{wanted}"),
                    by,
                    reason: error.to_string(),
                }),
            }
        }
        Ok(())
    }

    /// `None` where it is there already.
    fn dependency(
        &mut self,
        name: &str,
        wanted: &str,
        seen: &mut BTreeSet<PackageId>,
        found: &mut Resolution,
    ) -> Result<Option<Package>, ResolveError> {
        if seen.len() >= MAX_PACKAGES {
            return Err(ResolveError::TooMany);
        }
        if !is_name(name) {
            return Err(ResolveError::NoName);
        }
        let id = self.locate(name, wanted, found)?;
        if !seen.insert(id.clone()) {
            return Ok(None);
        }
        Ok(Some(self.load(&id)?))
    }

    /// Where a package is installed, after a download if need be.
    fn locate(
        &mut self,
        name: &str,
        requested: &str,
        found: &mut Resolution,
    ) -> Result<PackageId, ResolveError> {
        let wanted = Wanted::parse(requested);
        let pinned = self.lock.resolved(name, requested).filter(|_| !self.update);
        let installed = match &pinned {
            Some(id) => self.cache.find(id).map(|_| id.clone()),
            None => self.installed(name, requested, &wanted),
        };
        if let Some(id) = installed {
            self.check(&id)?;
            self.pin(&id, requested, None)?;
            return Ok(id);
        }
        let exact = pinned.map_or(wanted, |id| Wanted::Exact(id.version));
        let registry = self
            .registry
            .filter(|_| !matches!(exact, Wanted::Unpublished(_)))
            .ok_or_else(|| not_installed(name, &exact, self.cache))?;
        let release = registry.find(name, &exact).map_err(InstallError::from)?;
        let known = self.lock.get(&release.id);
        let known = known.and_then(|locked| locked.integrity.clone());
        let integrity = if self.cache.find(&release.id).is_some() {
            self.check(&release.id)?;
            known
        } else {
            let made = install(&release, self.cache, known.as_deref(), self.on_progress)?;
            found.installed.push(release.id.clone());
            Some(made)
        };
        self.pin(&release.id, requested, integrity)?;
        Ok(release.id)
    }

    /// The version in the cache that does, without asking anyone.
    fn installed(&self, name: &str, requested: &str, wanted: &Wanted) -> Option<PackageId> {
        let versions = self.cache.versions(name);
        let mut versions = versions.iter().map(String::as_str);
        let asks = self.registry.is_some();
        let version = match wanted {
            _ if self.update && asks && !matches!(wanted, Wanted::Exact(_)) => None,
            // A build is installed under the word that it is asked for by.
            Wanted::Unpublished(_) => versions.find(|version| *version == requested),
            // Only the registry knows what is the latest, unless there is none to ask.
            Wanted::Latest if asks => None,
            _ => wanted.best(versions),
        }?;
        Some(PackageId {
            name: name.to_owned(),
            version: version.to_owned(),
        })
    }

    /// What is pinned has the files that it had.
    fn check(&self, id: &PackageId) -> Result<(), ResolveError> {
        let Some(locked) = self.lock.get(id) else {
            return Ok(());
        };
        if locked.content == self.hash(id)? {
            return Ok(());
        }
        Err(ResolveError::Changed {
            id: id.clone(),
            folder: self.cache.folder_of(id).display().to_string(),
        })
    }

    fn pin(
        &mut self,
        id: &PackageId,
        requested: &str,
        integrity: Option<String>,
    ) -> Result<(), ResolveError> {
        if self.pins {
            let content = self.hash(id)?;
            self.lock.pin(id, requested, integrity, content);
        }
        Ok(())
    }

    fn hash(&self, id: &PackageId) -> Result<String, PackageError> {
        content_hash(&self.cache.folder_of(id))
            .map_err(|source| PackageError::unreadable(&id.to_string(), source))
    }

    /// Under the name and version it was found by, whatever else its manifest says.
    fn load(&self, id: &PackageId) -> Result<Package, PackageError> {
        let mut package = folder::load(&self.cache.folder_of(id))?;
        package.manifest.name.clone_from(&id.name);
        package.manifest.version.clone_from(&id.version);
        Ok(package)
    }
}

/// A package of which dependencies are still to be looked at.
struct Open {
    id: String,
    wishes: Vec<(String, String)>,
    /// Absent for the package that was asked for.
    package: Option<Package>,
}

impl Open {
    fn new(id: String, wishes: Vec<(String, String)>, package: Option<Package>) -> Self {
        Self {
            id,
            wishes,
            package,
        }
    }
}

/// Reads `NAME#VERSION`, or `NAME@VERSION` as npm writes it.
fn split(source: &str) -> Option<(&str, &str)> {
    let (name, wanted) = source.split_once(['#', '@'])?;
    let is_version = !wanted.is_empty() && !wanted.contains(['/', '\\', '#', '@']);
    (is_name(name) && is_version).then_some((name, wanted))
}

/// A name is at least two words with a dot between them, and means nothing in a path.
fn is_name(name: &str) -> bool {
    name.contains('.') && PackageId::parse(&format!("{name}#1")).is_some()
}

fn id_of(package: &Package) -> PackageId {
    PackageId {
        name: package.manifest.name.clone(),
        version: package.manifest.version.clone(),
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
    let (name, wanted_text) = (name.to_owned(), wanted.to_string());
    InstallError::Registry(match wanted {
        Wanted::Unpublished(_) => RegistryError::Unpublished {
            name,
            wanted: wanted_text,
        },
        _ => RegistryError::NotInstalled {
            installed: cache.versions(&name),
            name,
            wanted: wanted_text,
        },
    })
}
