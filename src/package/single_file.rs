//! One JSON file as a package: a conformance resource, or a Bundle of them.

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Builder, Package, PackageError, read_file};

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(default, borrow)]
    entry: Vec<BundleEntry<'a>>,
}

#[derive(Deserialize)]
struct BundleEntry<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

/// Loads a JSON file.
pub(super) fn load(path: &Path) -> Result<Package, PackageError> {
    let name = path.display().to_string();
    let mut builder = Builder::new(&name);
    let json = read_file(path, &mut builder)?;
    builder.add(&name, Cow::Owned(json.clone()))?;
    // A Bundle is no conformance resource: it left nothing.
    if builder.is_empty()
        && let Ok(bundle) = serde_json::from_slice::<Bundle<'_>>(&json)
        && bundle.resource_type == "Bundle"
    {
        for (index, entry) in bundle.entry.iter().enumerate() {
            if let Some(resource) = entry.resource {
                let file = format!("entry[{index}].resource.json");
                builder.add(&file, Cow::Owned(resource.get().as_bytes().to_vec()))?;
            }
        }
    }
    builder.finish()
}
