//! `package.json` of a FHIR package (FHIR NPM package specification).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PackageId;

/// What a package says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Manifest {
    pub name: String,
    pub version: String,
    /// Base of the canonical URLs that the package defines.
    pub canonical: String,
    /// Package name → version.
    pub dependencies: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads a `package.json`.
    ///
    /// # Errors
    /// When it is no JSON object of that form.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// The packages this one builds on.
    pub fn needs(&self) -> impl Iterator<Item = PackageId> {
        self.dependencies.iter().map(|(name, version)| PackageId {
            name: name.clone(),
            version: version.clone(),
        })
    }

    /// `NAME#VERSION`, or the name alone where there is no version.
    pub fn id(&self) -> String {
        if self.version.is_empty() {
            self.name.clone()
        } else {
            format!("{}#{}", self.name, self.version)
        }
    }
}
