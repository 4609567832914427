//! One instance: where it is, what it holds, and what is wrong with it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::authorization::Authorization;
use super::seams::FaultSet;
use super::store::Store;

/// One instance, as its handlers see it.
#[derive(Debug)]
pub struct Provider {
    /// FHIR base URL, without a slash at its end.
    pub(super) base: String,
    /// The sample data, what goes with them, and what was handed in.
    store: RwLock<Arc<Store>>,
    /// Documents that were handed in so far.
    taken: AtomicUsize,
    pub(super) faults: FaultSet,
    /// Absent: everything is answered without a token.
    pub(super) authorization: Option<Authorization>,
}

impl Provider {
    /// An instance that holds this, and nothing that was handed in yet.
    pub(super) fn new(
        base: String,
        store: Store,
        faults: FaultSet,
        authorization: Option<Authorization>,
    ) -> Self {
        Self {
            base,
            store: RwLock::new(Arc::new(store)),
            taken: AtomicUsize::new(0),
            faults,
            authorization,
        }
    }

    /// What is held now.
    pub(super) fn store(&self) -> Arc<Store> {
        // A panic elsewhere leaves the last whole store.
        Arc::clone(&self.store.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what is held, for requests that come later.
    pub(super) fn change(&self, act: impl FnOnce(&mut Store)) {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        act(Arc::make_mut(&mut store));
    }

    /// A number that no other document has that was handed in.
    pub(super) fn next_number(&self) -> usize {
        self.taken.fetch_add(1, Ordering::Relaxed) + 1
    }
}
