//! `fhir-assay packages`: the package cache and the lock file.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::download::Downloads;
use super::{CliError, exit, output};
use crate::package::{
    Cache, LOCK_FILE, Lock, Locked, Missing, PackageId, Registry, Resolver, content_hash,
};

/// What `packages` can be told.
#[derive(Debug, Args)]
pub struct PackagesArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the packages in the cache, and what the lock file pins
    List(LockArguments),
    /// Download packages with all they build on, and pin them in the lock file
    ///
    /// What is in the cache already is not downloaded again. Without a name: what the lock file pins.
    Install(InstallArguments),
    /// Compare what is installed with the hashes in the lock file
    ///
    /// Exit codes: 0 all as pinned; 1 something differs or is not installed.
    Verify(LockArguments),
}

#[derive(Debug, Args)]
struct LockArguments {
    /// The lock file
    #[arg(long, value_name = "FILE", default_value = LOCK_FILE)]
    lock: PathBuf,
}

#[derive(Debug, Args)]
struct InstallArguments {
    /// NAME#VERSION; the version may be 1.0.x or latest, or be left out, which means the latest
    #[arg(value_name = "PACKAGE")]
    packages: Vec<String>,

    /// Registry that speaks the npm protocol (repeatable; asked in this order) [default: packages.fhir.org, packages2.fhir.org]
    #[arg(long, value_name = "URL")]
    registry: Vec<String>,

    /// Look for newer versions than those that are pinned or installed
    #[arg(long)]
    update: bool,

    #[command(flatten)]
    lock: LockArguments,
}

/// Lists, installs or verifies.
pub fn packages(arguments: &PackagesArguments) -> Result<u8, CliError> {
    let cache = Cache::of_user();
    match &arguments.command {
        Command::List(LockArguments { lock }) => list(&cache, &Lock::read(lock)?),
        Command::Install(arguments) => install(&cache, arguments),
        Command::Verify(LockArguments { lock }) => verify(&cache, lock),
    }
}

fn list(cache: &Cache, lock: &Lock) -> Result<u8, CliError> {
    let installed = cache.packages();
    for id in &installed {
        let state = lock.get(id).map_or("", |_| "  pinned");
        output::line(format_args!("{id}{state}"));
    }
    for id in lock.packages.iter().map(Locked::id) {
        if !installed.contains(&id) {
            output::line(format_args!("{id}  pinned, not installed"));
        }
    }
    output::note(format_args!(
        "{} packages in {}",
        installed.len(),
        cache.folder.display()
    ));
    Ok(exit::CONFORMANT)
}

fn install(cache: &Cache, arguments: &InstallArguments) -> Result<u8, CliError> {
    let registry = Registry::new(&arguments.registry)?;
    let path = &arguments.lock.lock;
    let mut lock = Lock::read(path)?;
    let wanted = wanted(&arguments.packages, &lock, path)?;
    let mut downloads = Downloads::new();
    let found = Resolver {
        cache,
        lock: &mut lock,
        pins: true,
        registry: Some(&registry),
        update: arguments.update,
        on_progress: &mut |progress| downloads.hear(progress),
    }
    .resolve(&wanted);
    downloads.finish();
    // What was installed before something failed is pinned all the same.
    lock.write(path)?;
    let found = found?;
    for package in &found.packages {
        output::line(package.manifest.id());
    }
    for Missing { wanted, by, reason } in &found.missing {
        output::note(format_args!("warning: {by} builds on {wanted}: {reason}"));
    }
    Ok(exit::CONFORMANT)
}

fn wanted(named: &[String], lock: &Lock, path: &Path) -> Result<Vec<String>, CliError> {
    if !named.is_empty() {
        return named.iter().map(|name| with_version(name)).collect();
    }
    if lock.packages.is_empty() {
        let path = path.display();
        return Err(format!("nothing to install: name a package, for {path} pins none").into());
    }
    let pinned = lock.packages.iter();
    Ok(pinned.map(|locked| locked.id().to_string()).collect())
}

fn with_version(name: &str) -> Result<String, CliError> {
    if Path::new(name).exists() {
        return Err(format!(
            "{name} is a file, which needs no installation: give it with --package"
        )
        .into());
    }
    Ok(if name.contains(['#', '@']) {
        name.to_owned()
    } else {
        format!("{name}#latest")
    })
}

fn verify(cache: &Cache, path: &Path) -> Result<u8, CliError> {
    let lock = Lock::read(path)?;
    if lock.packages.is_empty() {
        return Err(format!(
            "{} pins no package; `fhir-assay packages install` writes it",
            path.display()
        )
        .into());
    }
    let mut code = exit::CONFORMANT;
    for locked in &lock.packages {
        let id = locked.id();
        let state = state(cache, &id, locked);
        if state != AS_PINNED {
            code = exit::NON_CONFORMANT;
        }
        output::line(format_args!("{id}  {state}"));
    }
    Ok(code)
}

const AS_PINNED: &str = "as pinned";

fn state(cache: &Cache, id: &PackageId, locked: &Locked) -> String {
    let Some(folder) = cache.find(id) else {
        return "not installed; `fhir-assay packages install` downloads it".to_owned();
    };
    match content_hash(&folder) {
        Ok(hash) if hash == locked.content => AS_PINNED.to_owned(),
        Ok(_) => format!(
            "its files were changed; remove {} and install it again",
            folder.display()
        ),
        Err(error) => format!("cannot be read: {error}"),
    }
}
