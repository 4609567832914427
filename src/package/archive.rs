//! Packages as gzipped tar archives, read in memory only: nothing is ever unpacked to a path.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{BufReader, Read};
use std::rc::Rc;

use flate2::read::GzDecoder;

use super::{Builder, Package, PackageError, TooLarge};

/// Unpacked bytes that may stand before an entry: its header with a long name, and padding.
pub(super) const MAX_HEADER: u64 = 1024 * 1024;

/// Reads a `.tgz`; links and special files in it are passed over.
pub(super) fn read(name: &str, archive: impl Read) -> Result<Package, PackageError> {
    let granted = Rc::new(Cell::new(0));
    let mut archive = tar::Archive::new(Metered {
        inner: GzDecoder::new(BufReader::new(archive)),
        granted: Rc::clone(&granted),
    });
    let failed = |source| {
        if granted.get() == 0 {
            PackageError::too_large(name, TooLarge::Header)
        } else {
            PackageError::unreadable(name, source)
        }
    };
    let mut builder = Builder::new(name);
    let mut entries = archive.entries().map_err(failed)?;
    // Bytes of the entry before that are skipped on the way to the next.
    let mut unread = 0;
    loop {
        granted.set(unread + MAX_HEADER);
        let Some(entry) = entries.next() else {
            return builder.finish();
        };
        let entry = entry.map_err(failed)?;
        let size = entry.size();
        builder.count(size)?;
        unread = size;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && is_content(&path) {
            builder.admit(size)?;
            granted.set(size + MAX_HEADER);
            let mut json = Vec::new();
            entry.take(size).read_to_end(&mut json).map_err(failed)?;
            unread = 0;
            builder.add(&path, Cow::Owned(json))?;
        }
    }
}

/// Content stands directly in `package/`; folders below it hold examples and tools' files.
fn is_content(path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    matches!(path.split_once('/'), Some(("package", file)) if !file.contains('/') && file.ends_with(".json"))
}

/// A reader that gives no more than was granted. Headers are read by the tar crate before their
/// size is known here, and may say that a name is gigabytes long.
pub(super) struct Metered<R> {
    pub(super) inner: R,
    pub(super) granted: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let granted = self.granted.get();
        if granted == 0 && !buffer.is_empty() {
            return Err(std::io::Error::other("more than the archive announced"));
        }
        let most = buffer
            .len()
            .min(usize::try_from(granted).unwrap_or(usize::MAX));
        let count = self
            .inner
            .read(buffer.get_mut(..most).unwrap_or_default())?;
        self.granted.set(granted - count as u64);
        Ok(count)
    }
}
