//! The definitions a command works with: the embedded ones and what packages add.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::download::Downloads;
use super::{CliError, output};
use crate::definition::Definitions;
use crate::package::{Cache, Kind, LOCK_FILE, Lock, Missing, Package, Registry, Resolver};
use crate::terminology::Server;

/// Canonical URLs that a warning names; the rest is counted.
const NAMED: usize = 5;

/// Loads the embedded definitions and lays the packages over them, the last on top. Nothing is
/// downloaded without `registry`; a dependency that is not there is a warning.
pub fn load(packages: &[String], registry: Option<&Registry>) -> Result<Definitions, CliError> {
    if packages.is_empty() {
        return Ok(Definitions::embedded());
    }
    let path = Path::new(LOCK_FILE);
    let mut lock = Lock::read(path)?;
    let before = lock.clone();
    let mut downloads = Downloads::new();
    let found = Resolver {
        cache: &Cache::of_user(),
        // A lock file that is there is kept; one is begun only by `packages install`.
        pins: path.exists(),
        lock: &mut lock,
        registry,
        update: false,
        on_progress: &mut |progress| downloads.hear(progress),
    }
    .resolve(packages)?;
    downloads.finish();
    if lock != before {
        lock.write(path)?;
    }
    let needy = references(&found.packages, &found.missing);
    let definitions = found
        .packages
        .into_iter()
        .fold(Definitions::embedded(), Definitions::with_package);
    for (by, references) in needy {
        let missing = found.missing.iter().filter(|missing| missing.by == by);
        warn(&by, missing, &unresolved(&definitions, references));
    }
    Ok(definitions)
}

type References = BTreeSet<(Kind, String)>;

/// The terminology server at this URL, with answers kept in the user's cache.
pub fn terminology_server(url: Option<&str>) -> Result<Option<Server>, CliError> {
    let server = url.map(|url| Server::new(url, Server::cache_of_user()));
    Ok(server.transpose()?)
}

/// What the packages refer to that lack a dependency.
fn references(packages: &[Package], missing: &[Missing]) -> BTreeMap<String, References> {
    packages
        .iter()
        .map(|package| (package.manifest.id(), package))
        .filter(|(id, _)| missing.iter().any(|missing| missing.by == *id))
        .map(|(id, package)| (id, package.references()))
        .collect()
}

fn unresolved(definitions: &Definitions, references: References) -> Vec<String> {
    let is_missing = |(kind, url): &(Kind, String)| definitions.resolve(*kind, url).is_none();
    let missing = references.into_iter().filter(is_missing);
    missing.map(|(_, url)| url).collect()
}

/// Says which dependencies are missing and what can't be checked for that; nothing where all that
/// is referred to is at hand.
fn warn<'m>(by: &str, missing: impl Iterator<Item = &'m Missing>, unresolved: &[String]) {
    if unresolved.is_empty() {
        return;
    }
    let missing: Vec<&str> = missing.map(|missing| missing.wanted.as_str()).collect();
    let named: Vec<&str> = unresolved.iter().take(NAMED).map(String::as_str).collect();
    let more = match unresolved.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    output::note(format_args!(
        "warning: {by} builds on {}, not installed here: not checked is what refers to {}{more}; `fhir-assay packages install {}` downloads what is missing",
        missing.join(", "),
        named.join(", "),
        missing.join(" "),
    ));
}
