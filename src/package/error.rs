//! Why a package could not be used.

use std::path::PathBuf;

use super::{Cache, PackageId};

/// Why a package could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error(
        "cannot read the package {name}: {source}; check the path, or get the archive once more"
    )]
    Unreadable {
        name: String,
        source: std::io::Error,
    },
    #[error("no package {name}: no such file or folder, and {} {}", cache.display(), installed(versions))]
    NotFound {
        name: String,
        cache: PathBuf,
        /// Versions of that package that are installed.
        versions: Vec<String>,
    },
    #[error(
        "the package {package} is malformed: {file} is not the JSON it should be: {problem}; correct that file or remove it"
    )]
    BadFile {
        package: String,
        file: String,
        problem: serde_json::Error,
    },
    #[error(
        "{name} is no FHIR package: it has neither a package.json nor a conformance resource with a url; give a package as .tgz or folder, or a .json file that holds a StructureDefinition, ValueSet, CodeSystem or SearchParameter"
    )]
    Empty { name: String },
    #[error("the package {name} is refused: {limit}; check where it comes from")]
    TooLarge { name: String, limit: TooLarge },
}

/// The bound that a package exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    #[error("a file in it has more than 64 MiB")]
    File,
    #[error("it has more than 1 GiB in all")]
    Total,
    #[error("it has more than 100,000 files")]
    Files,
    #[error("the header of a file in it has more than 1 MiB")]
    Header,
}

impl PackageError {
    pub(super) fn unreadable(name: &str, source: std::io::Error) -> Self {
        Self::Unreadable {
            name: name.to_owned(),
            source,
        }
    }

    pub(super) fn too_large(name: &str, limit: TooLarge) -> Self {
        Self::TooLarge {
            name: name.to_owned(),
            limit,
        }
    }

    pub(super) fn not_found(name: &str, cache: &Cache) -> Self {
        let wanted = PackageId::parse(name).map_or_else(|| name.to_owned(), |id| id.name);
        Self::NotFound {
            name: name.to_owned(),
            cache: cache.folder.clone(),
            versions: cache.versions(&wanted),
        }
    }
}

fn installed(versions: &[String]) -> String {
    if versions.is_empty() {
        "does not hold it; give a .tgz, a folder, a .json file, or NAME#VERSION of an installed package"
            .to_owned()
    } else {
        format!(
            "holds other versions of it; give NAME#VERSION with one of {}",
            versions.join(", ")
        )
    }
}
