//! The definitions whose rules are broken: the base types and guides that are built in, and
//! definitions of this test for the kinds of rule that no guide has.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use fhir_assay::definition::Definitions;
use fhir_assay::package::{Kind, Package};
use fhir_assay::profile::Validator;
use fhir_assay::profile::element::Element;
use fhir_assay::profile::snapshot::Snapshot;
use fhir_assay::profile::snapshot::tree::Node;
use fhir_assay::terminology::Terminology;
use serde_json::Value;

pub static LIBRARY: LazyLock<Library> = LazyLock::new(Library::read);

/// A profile or an extension definition.
pub struct Profile {
    pub snapshot: Snapshot,
    pub definition: Arc<Value>,
}

pub struct Library {
    pub validator: Validator,
    pub terminology: Terminology,
    /// Base types by name.
    pub types: HashMap<String, Node>,
    /// Profiles by canonical URL.
    pub profiles: HashMap<String, Profile>,
}

impl Library {
    fn read() -> Self {
        let definitions = Definitions::embedded().with_package(handmade());
        let validator = Validator::new(definitions.clone());
        let mut types = HashMap::new();
        let mut profiles = HashMap::new();
        for definition in definitions.all(Kind::StructureDefinition) {
            let text = |name: &str| definition[name].as_str().unwrap_or_default().to_owned();
            if definition["derivation"] == "constraint" {
                let snapshot = validator
                    .generate_snapshot(&definition)
                    .unwrap_or_else(|error| panic!("{error}"));
                let profile = Profile {
                    snapshot,
                    definition: Arc::clone(&definition),
                };
                profiles.insert(text("url"), profile);
            } else if let Some(root) = Node::from_snapshot(elements(&definition)) {
                types.insert(text("type"), root);
            }
        }
        Self {
            validator,
            terminology: Terminology::new(definitions),
            types,
            profiles,
        }
    }

    pub fn is_resource_type(&self, name: &str) -> bool {
        self.types
            .get(name)
            .is_some_and(|root| root.child("meta").is_some())
    }

    /// The element of a base type at a path such as `Bundle.entry.link`.
    pub fn by_path(&self, path: &str) -> Option<&Node> {
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        rest.split('.')
            .filter(|step| !step.is_empty())
            .try_fold(self.types.get(name)?, |node, step| node.child(step))
    }
}

fn elements(definition: &Value) -> Vec<Element> {
    let elements = definition["snapshot"]["element"].as_array();
    elements
        .into_iter()
        .flatten()
        .filter_map(Element::read)
        .collect()
}

/// The folder of definitions and resources that were written for this test.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/mutator")
        .join(name)
}

/// The JSON files of a folder, in the order of their names; none where it is not there.
pub fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "json"));
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text = std::fs::read_to_string(path).expect("a readable file");
            (name.into_owned(), text)
        })
        .collect()
}

fn handmade() -> Package {
    let files = files(&folder("definitions"));
    let files = files
        .into_iter()
        .map(|(name, text)| (name, Cow::Owned(text.into_bytes())));
    Package::from_files("mutator", files).expect("definitions of this test")
}
