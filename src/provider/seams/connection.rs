//! What faults make of a connection before anything is asked.

use super::seam::Seam;
use super::set::FaultSet;
use crate::provider::model::CertificateTerms;

impl FaultSet {
    pub(in crate::provider) fn greet(&self, words: &[u8]) -> Option<Vec<u8>> {
        self.seams().find_map(|seam| match seam {
            Seam::Greet(act) => act(words),
            _ => None,
        })
    }

    pub(in crate::provider) fn certify(&self, terms: &mut CertificateTerms) {
        for seam in self.seams() {
            if let Seam::Certify(act) = seam {
                act(terms);
            }
        }
    }
}
