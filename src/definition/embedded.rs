//! What is inside the binary: FHIR R4 as a pack, and the guides as small packages.

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
        let base = Layer::of_pack("hl7.fhir.r4.core#4.0.1", R4);
        std::iter::once(base)
            .chain(guides())
            .map(Arc::new)
            .collect()
    });
    &LAYERS
}

fn guides() -> Vec<Layer> {
    let mut folders: BTreeMap<String, Vec<_>> = BTreeMap::new();
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
        .into_iter()
        // A guide that does not load is caught by a test, not by a user.
        .filter_map(|(folder, files)| Package::from_files(&folder, files).ok())
        .map(Layer::of_package)
        .collect()
}
