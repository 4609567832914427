//! A release of a registry → a folder of the package cache, whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use super::integrity::hex;
use super::registry::{RegistryError, Release};
use super::unpack::{UnpackError, unpack};
use super::{Cache, Manifest, PackageId, folder};

/// Folders in a row in which an unpacked package is looked through.
const MAX_DEPTH: usize = 32;

/// Why a package was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(
        "the archive of {id} is not the one that the lock file pins ({pinned}; got {got}): someone replaced it; if that is known to be right, remove its entry from the lock file"
    )]
    NotPinned {
        id: PackageId,
        pinned: String,
        got: String,
    },
    #[error("the archive of {id} is refused: {problem}")]
    Refused { id: PackageId, problem: UnpackError },
    #[error("the archive of {id} is refused: {problem}")]
    NoPackage { id: PackageId, problem: String },
    #[error("cannot write to the package cache {}: {source}; set FHIR_PACKAGE_CACHE to a folder that can be written to", folder.display())]
    Unwritable {
        folder: PathBuf,
        source: std::io::Error,
    },
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    pub id: &'a PackageId,
    pub received: u64,
    /// Where the registry says how many bytes there are.
    pub total: Option<u64>,
    pub done: bool,
}

/// Downloads a release, compares hashes, unpacks it and moves it into the cache in one step; a
/// `pinned` integrity must be that of the archive. Returns the archive's integrity (`sha512-…`).
///
/// # Errors
/// When the download fails, a hash differs, the archive is hostile or no package of that name and
/// version, or the cache can't be written to. The cache is then as it was.
pub fn install(
    release: &Release,
    cache: &Cache,
    pinned: Option<&str>,
    on_progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<String, InstallError> {
    let id = &release.id;
    let unwritable = |source| InstallError::Unwritable {
        folder: cache.folder.clone(),
        source,
    };
    let workshop = Workshop::new(&cache.folder, id).map_err(unwritable)?;
    let archive = workshop.folder.join("archive.tgz");
    let mut file = BufWriter::new(File::create_new(&archive).map_err(unwritable)?);
    let (mut received, mut total) = (0, None);
    let hashes = release.download(&mut |bytes| file.write_all(bytes), &mut |bytes, all| {
        (received, total) = (bytes, all);
        on_progress(Progress {
            id,
            received,
            total,
            done: false,
        });
    })?;
    file.flush().map_err(unwritable)?;
    let integrity = hashes.integrity();
    if let Some(pinned) = pinned.filter(|pinned| *pinned != integrity) {
        return Err(InstallError::NotPinned {
            id: id.clone(),
            pinned: pinned.to_owned(),
            got: integrity,
        });
    }
    let content = workshop.folder.join("content");
    fs::create_dir(&content).map_err(unwritable)?;
    unpack(File::open(&archive).map_err(unwritable)?, &content).map_err(|problem| {
        InstallError::Refused {
            id: id.clone(),
            problem,
        }
    })?;
    check(&content, id)?;
    publish(&content, &cache.folder_of(id)).map_err(unwritable)?;
    describe_cache(&cache.folder).map_err(unwritable)?;
    on_progress(Progress {
        id,
        received,
        total,
        done: true,
    });
    Ok(integrity)
}

/// A folder of our own beside the packages, removed when it is no longer needed.
struct Workshop {
    folder: PathBuf,
}

impl Workshop {
    fn new(cache: &Path, id: &PackageId) -> std::io::Result<Self> {
        fs::create_dir_all(cache)?;
        // Begins with a dot, which no package's folder does.
        let folder = cache.join(format!(".installing-{id}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder)?;
        Ok(Self { folder })
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The unpacked files are a package, and the one that was asked for.
fn check(content: &Path, id: &PackageId) -> Result<(), InstallError> {
    let refused = |problem: String| InstallError::NoPackage {
        id: id.clone(),
        problem,
    };
    if !content.join("package").join("package.json").is_file() {
        return Err(refused("it has no package/package.json".to_owned()));
    }
    let package = folder::load(content).map_err(|error| refused(error.to_string()))?;
    let Manifest { name, version, .. } = &package.manifest;
    if *name != id.name || *version != id.version {
        return Err(refused(format!(
            "its package.json says that it is {name}#{version}"
        )));
    }
    Ok(())
}

/// Moves the package to its place. Another process may have been faster, with the same content.
fn publish(content: &Path, place: &Path) -> std::io::Result<()> {
    match fs::rename(content, place) {
        Err(_) if place.join("package").is_dir() => Ok(()),
        moved => moved,
    }
}

/// What other tools look for before they trust a cache (FHIR package cache, `packages.ini`).
fn describe_cache(folder: &Path) -> std::io::Result<()> {
    match File::create_new(folder.join("packages.ini")) {
        Ok(mut file) => file.write_all(b"[cache]\nversion = 3\n"),
        Err(_) => Ok(()),
    }
}

/// Hash over the files of an installed package, as `sha256-` and hexadecimal digits. Indexes that
/// other tools add (names that begin with a dot) are left out.
///
/// # Errors
/// When a file can't be read.
pub fn content_hash(folder: &Path) -> std::io::Result<String> {
    let mut files = Vec::new();
    collect(&folder.join("package"), "package", 0, &mut files)?;
    files.sort();
    let mut whole = Context::new(&SHA256);
    for (name, path) in files {
        let mut own = Context::new(&SHA256);
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            own.update(buffer.get(..count).unwrap_or_default());
        }
        whole.update(format!("{} {name}\n", hex(own.finish())).as_bytes());
    }
    Ok(format!("sha256-{}", hex(whole.finish())))
}

fn collect(
    folder: &Path,
    name: &str,
    depth: usize,
    files: &mut Vec<(String, PathBuf)>,
) -> std::io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(std::io::Error::other("its folders are too deep"));
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let own = entry.file_name();
        let own = own.to_string_lossy();
        if own.starts_with('.') {
            continue;
        }
        let name = format!("{name}/{own}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), &name, depth + 1, files)?;
        } else if kind.is_file() {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
