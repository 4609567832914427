//! One JSON file as a package: a conformance resource, or a Bundle of them.

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Builder, Package, PackageError};

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(default, borrow)]
    entry: Vec<BundleEntry<'a>>,
}

#[derive(Deserialize)]
struct BundleEntry<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "resourceType")]
    resource_type: String,
}

/// Loads a JSON file.
pub(super) fn load(path: &Path) -> Result<Package, PackageError> {
    let name = path.display().to_string();
    let unreadable = |source| PackageError::Unreadable {
        name: name.clone(),
        source,
    };
    let malformed = |error: serde_json::Error| PackageError::Malformed {
        name: name.clone(),
        problem: error.to_string(),
    };
    let mut builder = Builder::new(&name);
    builder.reserve(std::fs::metadata(path).map_err(unreadable)?.len())?;
    let json = std::fs::read(path).map_err(unreadable)?;
    let typed: Typed = serde_json::from_slice(&json).map_err(malformed)?;
    if typed.resource_type == "Bundle" {
        let bundle: Bundle<'_> = serde_json::from_slice(&json).map_err(malformed)?;
        for resource in bundle.entry.iter().filter_map(|entry| entry.resource) {
            let json = resource.get().as_bytes().to_vec();
            builder.add("entry.json", Cow::Owned(json))?;
        }
    } else {
        builder.add("resource.json", Cow::Owned(json))?;
    }
    builder.finish()
}
