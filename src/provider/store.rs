//! The sample data: synthetic patients from several countries, read once for all instances.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, LazyLock};

use rust_embed::RustEmbed;
use serde_json::Value;

use crate::search::Resolver;

#[derive(RustEmbed)]
#[folder = "src/provider/data"]
struct Files;

/// All resources, ordered by type and id. A copy shares them.
#[derive(Debug, Clone, Default)]
pub(in crate::provider) struct Store {
    resources: BTreeMap<String, BTreeMap<String, Arc<Value>>>,
}

impl Store {
    /// The embedded sample data.
    pub(in crate::provider) fn sample() -> io::Result<&'static Self> {
        static SAMPLE: LazyLock<Result<Store, String>> = LazyLock::new(Store::load);
        SAMPLE
            .as_ref()
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.clone()))
    }

    fn load() -> Result<Self, String> {
        let mut store = Self::default();
        for name in Files::iter() {
            let file = Files::get(&name).ok_or_else(|| format!("{name}: is gone"))?;
            let bundle: Value = serde_json::from_slice(&file.data)
                .map_err(|error| format!("sample data {name}: {error}"))?;
            store
                .add_all(bundle)
                .ok_or_else(|| format!("sample data {name}: is no Bundle of resources with ids"))?;
        }
        Ok(store)
    }

    /// Adds the entries of a collection Bundle; none where an entry has no type or id.
    fn add_all(&mut self, mut bundle: Value) -> Option<()> {
        for entry in bundle.get_mut("entry")?.as_array_mut()? {
            let resource = entry.get_mut("resource")?.take();
            self.put(resource)?;
        }
        Some(())
    }

    /// Puts a resource in the place of that with its type and id; none where it lacks one of them.
    pub(in crate::provider) fn put(&mut self, resource: Value) -> Option<()> {
        let resource_type = resource.get("resourceType")?.as_str()?.to_owned();
        let id = resource.get("id")?.as_str()?.to_owned();
        let of_type = self.resources.entry(resource_type).or_default();
        of_type.insert(id, Arc::new(resource));
        Some(())
    }

    pub(in crate::provider) fn remove(&mut self, resource_type: &str, id: &str) {
        if let Some(of_type) = self.resources.get_mut(resource_type) {
            of_type.remove(id);
        }
    }

    pub(in crate::provider) fn get(&self, resource_type: &str, id: &str) -> Option<&Value> {
        self.resources
            .get(resource_type)?
            .get(id)
            .map(AsRef::as_ref)
    }

    /// Ids of the patients who are not retired.
    pub(in crate::provider) fn patients(&self) -> Vec<&str> {
        self.all("Patient")
            .filter(|patient| patient.get("active") != Some(&Value::Bool(false)))
            .filter_map(|patient| patient.get("id")?.as_str())
            .collect()
    }

    /// All resources of a type, ordered by id.
    pub(in crate::provider) fn all<'s>(
        &'s self,
        resource_type: &str,
    ) -> impl Iterator<Item = &'s Value> + use<'s> {
        self.resources
            .get(resource_type)
            .into_iter()
            .flat_map(BTreeMap::values)
            .map(AsRef::as_ref)
    }
}

impl Resolver for Store {
    fn resolve(&self, reference: &str) -> Option<&Value> {
        let (resource_type, id) = reference.split_once('/')?;
        self.get(resource_type, id)
    }
}

/// The reference to the patient a clinical resource is about.
pub(in crate::provider) fn patient_of(resource: &Value) -> Option<&str> {
    ["subject", "patient"]
        .iter()
        .find_map(|name| resource.get(name)?.get("reference")?.as_str())
        .filter(|reference| reference.starts_with("Patient/"))
}
