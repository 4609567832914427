//! What faults make of a search, from its parameters to the Bundle.

use serde_json::Value;

use super::seam::Seam;
use super::set::FaultSet;
use crate::provider::model::{Search, Window};
use crate::provider::store::Store;

impl FaultSet {
    pub(in crate::provider) fn ask(
        &self,
        resource_type: &str,
        parameters: &mut Vec<(String, String)>,
    ) {
        for seam in self.seams() {
            if let Seam::Ask(act) = seam {
                act(resource_type, parameters);
            }
        }
    }

    pub(in crate::provider) fn select<'s>(
        &self,
        store: &'s Store,
        search: &Search,
        matches: &mut Vec<&'s Value>,
    ) {
        for seam in self.seams() {
            if let Seam::Match(act) = seam {
                act(store, search, matches);
            }
        }
    }

    pub(in crate::provider) fn page(&self, window: &mut Window) {
        for seam in self.seams() {
            if let Seam::Page(act) = seam {
                act(window);
            }
        }
    }

    pub(in crate::provider) fn assemble(&self, bundle: &mut Value) {
        for seam in self.seams() {
            if let Seam::Assemble(act) = seam {
                act(bundle);
            }
        }
    }
}
