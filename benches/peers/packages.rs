//! The user's FHIR package cache, for the validators that have to be given profiles.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The resources of this type in all packages but FHIR's own.
pub fn resources(kind: &str) -> Vec<Value> {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let mut packages = list(&Path::new(&home).join(".fhir/packages"));
    packages.retain(|package| !package.ends_with("hl7.fhir.r4.core#4.0.1"));
    packages
        .iter()
        .flat_map(|package| list(&package.join("package")))
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "json")
        })
        .filter_map(|file| serde_json::from_slice(&std::fs::read(file).ok()?).ok())
        .filter(|resource: &Value| resource["resourceType"] == kind)
        .collect()
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort();
    found
}
