//! What is inside the binary: FHIR R4 as a pack, and the guides as small packages.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use rust_embed::RustEmbed;

use super::layer::Layer;
use crate::package::Package;

/// Facts of FHIR R4, made by `examples/make_pack`.
static R4: &[u8] = include_bytes!("../../definitions/r4.pack");

/// Profiles of the guides, one folder each, in the form of a FHIR package.
#[derive(RustEmbed)]
#[folder = "definitions/"]
#[include = "*/*.json"]
struct Guides;

/// FHIR R4 first, then the guides by name.
pub(super) fn layers() -> &'static [Arc<Layer>] {
    static LAYERS: LazyLock<Vec<Arc<Layer>>> = LazyLock::new(|| {
        std::iter::once(open_base())
            .chain(guides())
            .map(Arc::new)
            .collect()
    });
    &LAYERS
}

/// FHIR R4, opened anew.
pub(super) fn open_base() -> Layer {
    Layer::of_pack("hl7.fhir.r4.core#4.0.1", R4)
}

fn guides() -> Vec<Layer> {
    files_by_folder()
        .into_iter()
        // A guide that does not load is caught by a test, not by a user.
        .filter_map(|(folder, files)| Package::from_files(&folder, files).ok())
        .map(Layer::of_package)
        .collect()
}

type Files = Vec<(String, Cow<'static, [u8]>)>;

fn files_by_folder() -> BTreeMap<String, Files> {
    let mut folders: BTreeMap<String, Files> = BTreeMap::new();
    for path in Guides::iter() {
        let Some((folder, file)) = path.split_once('/') else {
            continue;
        };
        if let Some(content) = Guides::get(&path) {
            let files = folders.entry(folder.to_owned()).or_default();
            files.push((file.to_owned(), content.data));
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_guide_loads_and_names_itself() {
        for (folder, files) in files_by_folder() {
            let package =
                Package::from_files(&folder, files).unwrap_or_else(|error| panic!("{error}"));
            assert!(!package.resources.is_empty(), "{folder}");
            assert!(
                !package.manifest.version.is_empty() && !package.manifest.canonical.is_empty(),
                "{folder}/package.json states name, version and canonical"
            );
        }
    }
}
