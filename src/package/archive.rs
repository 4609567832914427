//! Packages as gzipped tar archives, read in memory only.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::{Builder, MAX_TOTAL, Package, PackageError};

/// Loads a `.tgz`; links and special files in it are passed over.
pub(super) fn load(path: &Path) -> Result<Package, PackageError> {
    let name = path.display().to_string();
    let unreadable = |source| PackageError::Unreadable {
        name: name.clone(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    // Headers and padding count too: a bomb may be made of them.
    let bytes = GzDecoder::new(BufReader::new(file)).take(MAX_TOTAL * 2);
    let mut archive = tar::Archive::new(bytes);
    let mut builder = Builder::new(&name);
    for entry in archive.entries().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let size = entry.size();
        builder.reserve(size)?;
        let inside = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !is_content(&inside) {
            continue;
        }
        let mut json = Vec::new();
        entry
            .take(size)
            .read_to_end(&mut json)
            .map_err(unreadable)?;
        builder.add(&inside, Cow::Owned(json))?;
    }
    builder.finish()
}

/// Content stands directly in `package/`; folders below it hold examples and tools' files.
fn is_content(path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    matches!(path.split_once('/'), Some(("package", file)) if !file.contains('/') && file.ends_with(".json"))
}
