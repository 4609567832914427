//! Packages as folders: unpacked (`package/` inside) or the files themselves.

use std::borrow::Cow;
use std::path::Path;

use super::{Builder, Package, PackageError, read_file};

/// Loads a folder; folders below it and links are passed over.
pub(super) fn load(folder: &Path) -> Result<Package, PackageError> {
    let name = folder.display().to_string();
    let unreadable = |source| PackageError::unreadable(&name, source);
    let unpacked = folder.join("package");
    let content = if unpacked.is_dir() { &unpacked } else { folder };
    let mut builder = Builder::new(&name);
    let mut files = std::fs::read_dir(content)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable)?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let path = file.path();
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        if is_json && file.file_type().map_err(unreadable)?.is_file() {
            let json = read_file(&path, &mut builder)?;
            builder.add(&file.file_name().to_string_lossy(), Cow::Owned(json))?;
        }
    }
    builder.finish()
}
