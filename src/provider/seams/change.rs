//! What faults make of what is handed in.

use super::seam::Seam;
use super::set::FaultSet;
use crate::provider::model::{Flaw, Reply, Slip, Written};

impl FaultSet {
    /// Whether a fault does not see what is wrong with a document that is handed in.
    pub(in crate::provider) fn tolerates(&self, flaw: Flaw) -> bool {
        self.seams()
            .any(|seam| matches!(seam, Seam::Tolerate(other) if *other == flaw))
    }

    pub(in crate::provider) fn slips(&self, slip: Slip) -> bool {
        self.seams()
            .any(|seam| matches!(seam, Seam::Slip(other) if *other == slip))
    }

    /// Whether a fault looks at what would change something.
    pub(in crate::provider) fn takes_writes(&self) -> bool {
        self.seams()
            .any(|seam| matches!(seam, Seam::Accept(_) | Seam::Store))
    }

    /// How a request that would change something is answered as if it did.
    pub(in crate::provider) fn accept(&self, written: &Written<'_>) -> Option<Reply> {
        self.seams().find_map(|seam| match seam {
            Seam::Accept(act) => act(written),
            Seam::Store => {
                let mut stored = self.stored.lock().ok()?;
                stored.push(written.body.clone());
                None
            }
            _ => None,
        })
    }
}
