//! What faults make of a request before it is served.

use super::seam::Seam;
use super::set::FaultSet;
use crate::provider::model::{Ask, Refusal};

impl FaultSet {
    pub(in crate::provider) fn route(&self, path: &mut String) {
        for seam in self.seams() {
            if let Seam::Route(act) = seam {
                act(path);
            }
        }
    }

    pub(in crate::provider) fn posted_url(&self, parameters: &mut Vec<(String, String)>) {
        for seam in self.seams() {
            if let Seam::PostedUrl(act) = seam {
                act(parameters);
            }
        }
    }

    /// Lets a refused request pass where a fault says so.
    pub(in crate::provider) fn judge(&self, verdict: Result<(), Refusal>) -> Result<(), Refusal> {
        verdict.or_else(|refusal| {
            let passes = |seam: &Seam| matches!(seam, Seam::Authorize(act) if act(&refusal));
            if self.seams().any(passes) {
                Ok(())
            } else {
                Err(refusal)
            }
        })
    }

    /// True where a fault does not look at the conditions of a read.
    pub(in crate::provider) fn is_unconditional(&self, ask: &Ask) -> bool {
        self.seams()
            .any(|seam| matches!(seam, Seam::Unconditional(act) if act(ask)))
    }
}
