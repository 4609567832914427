//! All compiled definitions, each made when it is first needed and shared.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::shape::Builder;
use super::source::Source;
use crate::fhirpath::Engine;
use crate::profile::knowledge::Knowledge;
use crate::profile::model::{CompileError, Compiled, Definitions};
use crate::profile::snapshot::{Kind, Snapshot, Snapshots};
use crate::xml::Xml;

/// Most names that are remembered, wrong ones among them.
const MAX_KNOWN: usize = 10_000;

/// All compiled definitions.
pub struct Store {
    source: Source,
    xml: Xml,
    types: RwLock<HashMap<String, Result<Arc<Compiled>, CompileError>>>,
    profiles: RwLock<HashMap<String, Result<Arc<Compiled>, CompileError>>>,
}

impl Store {
    pub fn new(knowledge: Arc<Knowledge>) -> Self {
        Self {
            xml: Xml::new(knowledge.definitions().clone()),
            source: Source::new(knowledge),
            types: RwLock::default(),
            profiles: RwLock::default(),
        }
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    pub fn snapshots(&self) -> &Snapshots {
        self.source.snapshots()
    }

    /// Reads resources that are written in XML.
    pub fn xml(&self) -> &Xml {
        &self.xml
    }

    fn compile(&self, snapshot: &Arc<Snapshot>) -> Result<Compiled, CompileError> {
        if snapshot.kind == Kind::Logical {
            return Err(CompileError::Logical(snapshot.url.clone()));
        }
        Builder::new(&self.source, snapshot).compile()
    }
}

impl Definitions for Store {
    fn base(&self, name: &str) -> Result<Arc<Compiled>, CompileError> {
        cached(&self.types, name, || {
            let snapshot = self.snapshots().of_type(name)?;
            self.compile(&snapshot)
        })
    }

    fn profile(&self, canonical: &str) -> Result<Arc<Compiled>, CompileError> {
        cached(&self.profiles, canonical, || {
            let snapshot = self.snapshots().of(canonical)?;
            self.compile(&snapshot)
        })
    }

    fn is_base(&self, canonical: &str) -> bool {
        let snapshot = self.snapshots().of(canonical);
        snapshot.is_ok_and(|snapshot| snapshot.specialization)
    }

    fn is_resource_type(&self, name: &str) -> bool {
        self.source.is_resource_type(name)
    }

    fn is_a(&self, name: &str, base: &str) -> bool {
        self.source.is_a(name, base)
    }

    fn knowledge(&self) -> &Knowledge {
        self.snapshots().knowledge()
    }

    fn engine(&self) -> &Engine {
        self.source.engine()
    }
}

fn cached(
    known: &RwLock<HashMap<String, Result<Arc<Compiled>, CompileError>>>,
    key: &str,
    make: impl FnOnce() -> Result<Compiled, CompileError>,
) -> Result<Arc<Compiled>, CompileError> {
    if let Ok(known) = known.read()
        && let Some(found) = known.get(key)
    {
        return found.clone();
    }
    let made = make().map(Arc::new);
    match known.write() {
        // Names may come from content: what is unknown must not fill the memory.
        Ok(known) if made.is_err() && known.len() >= MAX_KNOWN => made,
        // Another thread may have been faster; everyone shares the first.
        Ok(mut known) => known.entry(key.to_owned()).or_insert(made).clone(),
        Err(_) => made,
    }
}
