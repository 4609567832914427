//! What a definition is compiled from: snapshots, the types of FHIR, and the FHIRPath engine.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::fhirpath::{Engine, Model};
use crate::profile::knowledge::Knowledge;
use crate::profile::snapshot::Snapshots;

/// What the compiler reads.
pub struct Source {
    snapshots: Snapshots,
    engine: Engine,
    /// Names that were asked for and are resource types.
    resource_types: RwLock<HashMap<String, bool>>,
}

impl Source {
    pub fn new(knowledge: Arc<Knowledge>) -> Self {
        let definitions = Arc::clone(&knowledge);
        let model = Model::new(move |name| definitions.type_definition(name));
        Self {
            snapshots: Snapshots::new(knowledge),
            engine: Engine::new(Arc::new(model)),
            resource_types: RwLock::default(),
        }
    }

    pub fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// True if FHIR R4 has a resource type of that name.
    pub fn is_resource_type(&self, name: &str) -> bool {
        if let Ok(known) = self.resource_types.read()
            && let Some(answer) = known.get(name)
        {
            return *answer;
        }
        let answer = self.is_a(name, "Resource");
        // Names that are wrong come from content, and must not fill the memory.
        if answer && let Ok(mut known) = self.resource_types.write() {
            known.insert(name.to_owned(), true);
        }
        answer
    }

    /// True if a type is the other or derived from it.
    pub fn is_a(&self, name: &str, base: &str) -> bool {
        self.engine.model().is_a(name, base)
    }
}
