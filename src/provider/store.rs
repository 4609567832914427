//! The sample data: synthetic patients from several countries, read once for all instances.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Type and reference to a patient, as written → ids of the resources about the patient; empty for
    /// those that refer to none in that way.
    about: BTreeMap<(String, String), BTreeSet<String>>,
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

    /// A copy that holds these too; none where one of them has no type or id.
    pub(in crate::provider) fn with(&self, more: Vec<Value>) -> Option<Self> {
        let mut store = self.clone();
        for resource in more {
            store.put(resource)?;
        }
        Some(store)
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
        self.remove(&resource_type, &id);
        self.about
            .entry(about(&resource_type, &resource))
            .or_default()
            .insert(id.clone());
        let of_type = self.resources.entry(resource_type).or_default();
        of_type.insert(id, Arc::new(resource));
        Some(())
    }

    pub(in crate::provider) fn remove(&mut self, resource_type: &str, id: &str) {
        let of_type = self.resources.get_mut(resource_type);
        let removed = of_type.and_then(|of_type| of_type.remove(id));
        let key = removed.map(|resource| about(resource_type, &resource));
        if let Some(ids) = key.and_then(|key| self.about.get_mut(&key)) {
            ids.remove(id);
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

    /// The resources of a type that may be about a patient, ordered by id: all but those that refer to
    /// another one.
    pub(in crate::provider) fn perhaps_about<'s>(
        &'s self,
        resource_type: &str,
        patient: &str,
    ) -> impl Iterator<Item = &'s Value> + use<'s> {
        let ids = |reference: String| {
            let key = (resource_type.to_owned(), reference);
            self.about.get(&key).into_iter().flatten()
        };
        let ids: BTreeSet<&String> = ids(format!("Patient/{patient}"))
            .chain(ids(String::new()))
            .collect();
        let of_type = self.resources.get(resource_type);
        ids.into_iter()
            .filter_map(move |id| of_type?.get(id))
            .map(AsRef::as_ref)
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

/// The key of a resource in [`Store::about`].
fn about(resource_type: &str, resource: &Value) -> (String, String) {
    let is_plain = |reference: &&str| reference.matches('/').count() == 1;
    let reference = patient_of(resource).filter(is_plain).unwrap_or_default();
    (resource_type.to_owned(), reference.to_owned())
}

/// The reference to the patient a clinical resource is about.
pub(in crate::provider) fn patient_of(resource: &Value) -> Option<&str> {
    ["subject", "patient"]
        .iter()
        .find_map(|name| resource.get(name)?.get("reference")?.as_str())
        .filter(|reference| reference.starts_with("Patient/"))
}
