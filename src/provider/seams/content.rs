//! What faults make of resources, wherever they are shown.

use serde_json::Value;

use super::seam::Seam;
use super::set::FaultSet;

impl FaultSet {
    pub(in crate::provider) fn show(&self, resource: &mut Value) {
        for seam in self.seams() {
            match seam {
                Seam::Show(act) => act(resource),
                Seam::Spoil(expected, act) if expected.is_about(resource) => act(resource),
                Seam::Derive(act) if is_derivation(resource) => act(resource),
                _ => {}
            }
        }
    }

    pub(in crate::provider) fn show_read(&self, resource: &mut Value) {
        self.show(resource);
        for seam in self.seams() {
            if let Seam::ShowRead(act) = seam {
                act(resource);
            }
        }
    }

    pub(in crate::provider) fn declare(&self, statement: &mut Value) {
        for seam in self.seams() {
            if let Seam::Declare(act) = seam {
                act(statement);
            }
        }
    }
}

/// Whether it is the Provenance of what was taken from a document.
fn is_derivation(resource: &Value) -> bool {
    resource["resourceType"] == "Provenance" && resource.get("entity").is_some()
}
