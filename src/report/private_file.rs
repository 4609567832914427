//! Files that only their owner can read: reports hold health records. The one place that knows
//! about Unix.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Makes a folder and those above it; a new one is the owner's alone.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Writes a file whole or not at all: whoever reads meanwhile sees the old one.
pub(crate) fn write(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    // Left by a process that was killed; a new file is surely the owner's alone.
    let _ = fs::remove_file(&part);
    fill(&part, content)
        .and_then(|()| fs::rename(&part, path))
        .inspect_err(|_| {
            // What is left of a failed attempt is of no use to anybody.
            let _ = fs::remove_file(&part);
        })
}

fn fill(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = BufWriter::new(open(path)?);
    content(&mut file)?;
    file.flush()
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_the_owners_alone_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        create_folder(&below).unwrap();
        let path = below.join("x.json");
        write(&path, |file| file.write_all(b"one")).unwrap();
        write(&path, |file| file.write_all(b"two")).unwrap();
        let failed = write(&path, |_| Err(io::Error::other("disk full")));
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(&below).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            assert_eq!(
                fs::metadata(&below).unwrap().permissions().mode() & 0o777,
                0o700
            );
        }
    }

    #[test]
    fn a_file_in_the_way_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("taken");
        write(&file, |_| Ok(())).unwrap();
        assert!(create_folder(&file.join("below")).is_err());
    }
}
