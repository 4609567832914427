//! Archive → files of the package cache. Whatever is not plainly a file of a package is refused.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use flate2::read::GzDecoder;

use super::archive::{MAX_HEADER, Metered};
use super::{MAX_FILE, MAX_FILES, MAX_TOTAL, TooLarge};

/// Bytes that the path of a file in a package may have.
const MAX_PATH: usize = 400;

/// Why an archive was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error("it holds {path:?}, which {why}")]
    Hostile { path: String, why: &'static str },
    #[error("{0}")]
    TooLarge(#[from] TooLarge),
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
}

/// Writes the files of a `.tgz` below `folder`, which is empty and our own.
pub(super) fn unpack(archive: impl Read, folder: &Path) -> Result<(), UnpackError> {
    let granted = Rc::new(Cell::new(MAX_HEADER));
    let mut archive = tar::Archive::new(Metered {
        inner: GzDecoder::new(BufReader::new(archive)),
        granted: Rc::clone(&granted),
    });
    let (mut files, mut bytes) = (0_usize, 0_u64);
    let mut written = BTreeSet::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let size = entry.size();
        files += 1;
        bytes = bytes.saturating_add(size);
        within(files, size, bytes)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refuse = |why| UnpackError::Hostile {
            path: path.clone(),
            why,
        };
        let kind = entry.header().entry_type();
        // Padding, so that the next header is granted too.
        granted.set(size + MAX_HEADER);
        if kind.is_pax_global_extensions() {
            continue;
        }
        let relative = plain_path(&path).map_err(refuse)?;
        if kind.is_dir() {
            continue;
        }
        if !kind.is_file() {
            return Err(refuse("is a link or a special file"));
        }
        // On a disk that knows no case, the second would replace the first.
        if !written.insert(relative.to_string_lossy().to_lowercase()) {
            return Err(refuse("is there twice"));
        }
        let target = folder.join(&relative);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        std::io::copy(&mut entry, &mut File::create_new(&target)?)?;
    }
    Ok(())
}

fn within(files: usize, size: u64, bytes: u64) -> Result<(), TooLarge> {
    if size > MAX_FILE {
        Err(TooLarge::File)
    } else if bytes > MAX_TOTAL {
        Err(TooLarge::Total)
    } else if files > MAX_FILES {
        Err(TooLarge::Files)
    } else {
        Ok(())
    }
}

/// A path that stays below the folder on every system.
fn plain_path(path: &str) -> Result<PathBuf, &'static str> {
    let forbidden = |letter: char| letter.is_control() || "\\:*?\"<>|".contains(letter);
    if path.len() > MAX_PATH {
        return Err("is too long a path");
    }
    if path.contains(forbidden) {
        return Err("is no name for a file");
    }
    let mut plain = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            _ => return Err("leads out of the package"),
        }
    }
    if plain.as_os_str().is_empty() && !path.trim_matches(['.', '/']).is_empty() {
        return Err("is no name for a file");
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::tests::{FILE, archive};

    #[test]
    fn a_package_is_unpacked_with_all_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(
            folder.path(),
            &[
                ("./package/package.json", FILE, b"{}"),
                ("package/example", tar::EntryType::Directory, b""),
                ("package/example/Patient-x.json", FILE, b"{\"a\":1}"),
            ],
        );
        let target = folder.path().join("target");
        fs::create_dir(&target).unwrap();
        unpack(File::open(path).unwrap(), &target).unwrap();
        let example = fs::read(target.join("package/example/Patient-x.json")).unwrap();
        assert_eq!(example, b"{\"a\":1}");
        assert!(target.join("package/package.json").is_file());
    }

    #[test]
    fn hostile_entries_are_refused_and_nothing_leaves_the_folder() {
        for (path, kind, expected) in [
            ("package/../../out.json", FILE, "leads out"),
            ("/out.json", FILE, "leads out"),
            ("package\\..\\out.json", FILE, "no name"),
            ("C:out.json", FILE, "no name"),
            ("package/link", tar::EntryType::Symlink, "is a link"),
            ("package/link", tar::EntryType::Link, "is a link"),
            ("package/pipe", tar::EntryType::Fifo, "is a link"),
            ("package/PACKAGE.json", FILE, "there twice"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let bad = archive(
                folder.path(),
                &[("package/package.json", FILE, b"{}"), (path, kind, b"")],
            );
            let target = folder.path().join("target");
            fs::create_dir(&target).unwrap();
            let refused = unpack(File::open(bad).unwrap(), &target).unwrap_err();
            assert!(refused.to_string().contains(expected), "{path}: {refused}");
            assert!(!folder.path().join("out.json").exists());
        }
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(
            folder.path(),
            &[("package/package.json", FILE, &[b' '; 5000])],
        );
        let mut bytes = fs::read(path).unwrap();
        bytes.truncate(bytes.len() / 2);
        let target = folder.path().join("target");
        fs::create_dir(&target).unwrap();
        assert!(unpack(bytes.as_slice(), &target).is_err());
    }
}
