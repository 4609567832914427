//! Conformance resources by canonical: the embedded pack and guides, and what packages add.

mod embedded;
mod layer;
pub mod pack;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::package::{Kind, Package, version_satisfies};
use layer::Layer;

/// Where the URLs of FHIR's own types begin.
const FHIR_TYPES: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Resource types that are no DomainResource (FHIR R4, resourcelist).
const NO_DOMAIN_RESOURCES: [&str; 3] = ["Binary", "Bundle", "Parameters"];

/// All definitions that are known, in layers: the last one added wins. Cheap to clone, shared
/// between threads; a definition is unpacked and parsed when it is first asked for.
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
        let mut other = None;
        for found in self.candidates(kind, canonical) {
            if found.exact {
                return found.read();
            }
            other.get_or_insert(found);
        }
        other?.read()
    }

    /// Every definition of that URL, the topmost and highest version first.
    pub fn resolve_all<'a>(
        &'a self,
        kind: Kind,
        canonical: &'a str,
    ) -> impl Iterator<Item = Resolved> + 'a {
        self.candidates(kind, canonical)
            .filter_map(|found| found.read())
    }

    fn candidates<'a>(
        &'a self,
        kind: Kind,
        canonical: &'a str,
    ) -> impl Iterator<Item = Candidate<'a>> {
        let (url, wanted) = split_version(canonical);
        self.layers.iter().rev().flat_map(move |layer| {
            layer.find(kind, url).rev().filter_map(move |index| {
                let version = &layer.entry(index)?.version;
                Some(Candidate {
                    layer,
                    index,
                    exact: wanted.is_none_or(|wanted| version_satisfies(version, wanted)),
                })
            })
        })
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
    /// resources; the one defined most closely wins.
    pub fn search_parameter(&self, resource_type: &str, code: &str) -> Option<Arc<Value>> {
        let is_domain_resource = !NO_DOMAIN_RESOURCES.contains(&resource_type);
        [
            Some(resource_type),
            is_domain_resource.then_some("DomainResource"),
            Some("Resource"),
        ]
        .into_iter()
        .flatten()
        .find_map(|base| self.search_parameter_of(base, code))
    }

    fn search_parameter_of(&self, base: &str, code: &str) -> Option<Arc<Value>> {
        self.layers.iter().rev().find_map(|layer| {
            let (index, _) = layer
                .of_kind(Kind::SearchParameter)
                .find(|(_, entry)| entry.code == code && entry.bases().any(|item| item == base))?;
            layer.resource(index)
        })
    }

    /// Every definition of a kind, whole: the lowest layer first.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = Arc<Value>> {
        self.layers.iter().flat_map(move |layer| {
            let entries = layer.of_kind(kind);
            entries.filter_map(move |(index, _)| layer.resource(index))
        })
    }

    /// The canonical URLs of all definitions of a kind, without versions; may repeat where layers
    /// define the same.
    pub fn canonicals(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.layers
            .iter()
            .flat_map(move |layer| layer.of_kind(kind))
            .map(|(_, entry)| &*entry.url)
    }
}

impl fmt::Debug for Definitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.packages()).finish()
    }
}

/// A definition that is known but not read yet.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    layer: &'a Layer,
    index: usize,
    exact: bool,
}

impl Candidate<'_> {
    fn read(self) -> Option<Resolved> {
        Some(Resolved {
            resource: self.layer.resource(self.index)?,
            version: self.layer.entry(self.index)?.version.clone().into_owned(),
            package: self.layer.id.clone(),
            exact: self.exact,
        })
    }
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
