//! The faults of one instance.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::fault::Fault;
use super::seam::Seam;

/// What is wrong with an instance; empty for a sound one.
#[derive(Debug, Clone, Default)]
pub struct FaultSet {
    faults: Vec<&'static Fault>,
    /// The searches answered so far, for [`Seam::Repeat`].
    pub(super) answered: Arc<Mutex<HashSet<String>>>,
    /// What was sent, for [`Seam::Store`].
    pub(super) stored: Arc<Mutex<Vec<Value>>>,
}

impl From<&'static Fault> for FaultSet {
    fn from(fault: &'static Fault) -> Self {
        std::iter::once(fault).collect()
    }
}

impl FromIterator<&'static Fault> for FaultSet {
    fn from_iter<I: IntoIterator<Item = &'static Fault>>(faults: I) -> Self {
        Self {
            faults: faults.into_iter().collect(),
            answered: Arc::default(),
            stored: Arc::default(),
        }
    }
}

impl FaultSet {
    /// The faults' names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.faults.iter().map(|fault| fault.name)
    }

    /// Where its faults act.
    pub(super) fn seams(&self) -> impl Iterator<Item = &'static Seam> {
        self.faults.iter().flat_map(|fault| match &fault.seam {
            Seam::Several(seams) => seams.iter(),
            seam => std::slice::from_ref(seam).iter(),
        })
    }
}
