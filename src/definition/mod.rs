//! Conformance resources by canonical: the embedded pack and guides, and what packages add.

mod embedded;
mod layer;
pub mod pack;

use std::sync::Arc;

use serde_json::Value;

use crate::package::{Entry, Kind, Package};
use layer::Layer;

/// Where the URLs of FHIR's own types begin.
const FHIR_TYPES: &str = "http://hl7.org/fhir/StructureDefinition/";

/// All definitions that are known, in layers: the last one added wins. Cheap to clone.
#[derive(Clone)]
pub struct Definitions {
    layers: Vec<Arc<Layer>>,
}

/// A definition and where it came from.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub resource: Arc<Value>,
    /// Business version; empty where there is none.
    pub version: String,
    /// The package it is from, as `NAME#VERSION`.
    pub package: String,
    /// False when a version was asked for that is not the one found.
    pub exact: bool,
}

impl Definitions {
    /// FHIR R4 and the guides that are built in. Opened once and shared.
    pub fn embedded() -> Self {
        Self {
            layers: embedded::layers().to_vec(),
        }
    }

    /// No definitions at all.
    pub fn empty() -> Self {
        Self { layers: Vec::new() }
    }

    /// Lays a package on top: its definitions win.
    #[must_use]
    pub fn with_package(mut self, package: Package) -> Self {
        self.layers.push(Arc::new(Layer::of_package(package)));
        self
    }

    /// The packages in use as `NAME#VERSION`, the winning one last.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        self.layers.iter().map(|layer| layer.id.as_str())
    }

    /// Finds a definition by `url` or `url|version`. An exact version is preferred; without one the
    /// topmost definition of that URL is taken, and `exact` is false.
    pub fn resolve(&self, kind: Kind, canonical: &str) -> Option<Resolved> {
        let (url, wanted) = split_version(canonical);
        let mut other = None;
        for layer in self.layers.iter().rev() {
            // In one package the highest position holds the highest version.
            for &index in layer.find(kind, url).iter().rev() {
                let version = &layer.entries.get(index)?.version;
                let exact = wanted.is_none_or(|wanted| wanted == version);
                if exact {
                    return resolved(layer, index, true);
                }
                other.get_or_insert((layer, index));
            }
        }
        other.and_then(|(layer, index)| resolved(layer, index, false))
    }

    /// The StructureDefinition with this canonical (`url` or `url|version`).
    pub fn structure(&self, canonical: &str) -> Option<Arc<Value>> {
        self.resolve(Kind::StructureDefinition, canonical)
            .map(|found| found.resource)
    }

    /// The StructureDefinition of one of FHIR's own types, such as `Patient` or `string`.
    pub fn type_definition(&self, name: &str) -> Option<Arc<Value>> {
        self.structure(&format!("{FHIR_TYPES}{name}"))
            .filter(|definition| definition["derivation"] != "constraint")
    }

    /// The ValueSet with this canonical.
    pub fn value_set(&self, canonical: &str) -> Option<Arc<Value>> {
        self.resolve(Kind::ValueSet, canonical)
            .map(|found| found.resource)
    }

    /// The CodeSystem with this canonical.
    pub fn code_system(&self, canonical: &str) -> Option<Arc<Value>> {
        self.resolve(Kind::CodeSystem, canonical)
            .map(|found| found.resource)
    }

    /// The SearchParameter with this name for this resource type, also where it is defined for all
    /// resources.
    pub fn search_parameter(&self, resource_type: &str, code: &str) -> Option<Arc<Value>> {
        let fits = |entry: &Entry| {
            entry.kind == Kind::SearchParameter
                && entry.code == code
                && entry.base.iter().any(|base| {
                    base == resource_type || base == "Resource" || base == "DomainResource"
                })
        };
        self.layers.iter().rev().find_map(|layer| {
            let index = layer.entries.iter().position(fits)?;
            layer.resource(index)
        })
    }

    /// The canonical URLs of all definitions of a kind, without versions; may repeat where layers
    /// define the same.
    pub fn canonicals(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.layers
            .iter()
            .flat_map(|layer| &layer.entries)
            .filter(move |entry| entry.kind == kind)
            .map(|entry| entry.url.as_str())
    }
}

fn resolved(layer: &Layer, index: usize, exact: bool) -> Option<Resolved> {
    Some(Resolved {
        resource: layer.resource(index)?,
        version: layer.entries.get(index)?.version.clone(),
        package: layer.id.clone(),
        exact,
    })
}

/// Splits `url|version`; a fragment after `#` is dropped.
fn split_version(canonical: &str) -> (&str, Option<&str>) {
    let (url, version) = match canonical.split_once('|') {
        Some((url, version)) => (url, Some(version)),
        None => (canonical, None),
    };
    (url.split('#').next().unwrap_or(url), version)
}

#[cfg(test)]
mod tests;
