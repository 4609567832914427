//! What faults make of tokens, and of requests for them.

use axum::http::HeaderMap;
use serde_json::Value;

use super::seam::Seam;
use super::set::FaultSet;
use crate::provider::model::{Ask, Defect, Form, Reply, Terms};

impl FaultSet {
    /// Lets what is wrong about authorization pass where a fault looks away.
    pub(in crate::provider) fn overlook(&self, verdict: Result<(), Defect>) -> Result<(), Defect> {
        verdict.or_else(|defect| {
            let passes = |seam: &Seam| matches!(seam, Seam::Overlook(act) if act(defect));
            if self.seams().any(passes) {
                Ok(())
            } else {
                Err(defect)
            }
        })
    }

    /// Lets a request pass where a fault sees no need of a token.
    pub(in crate::provider) fn excuse(&self, ask: &Ask, defect: Defect) -> Result<(), Defect> {
        let passes = |seam: &Seam| matches!(seam, Seam::Excuse(act) if act(ask));
        if self.seams().any(passes) {
            Ok(())
        } else {
            Err(defect)
        }
    }

    /// Refuses an assertion where a fault does not know its algorithm.
    pub(in crate::provider) fn distrust(&self, algorithm: &str) -> Result<(), Defect> {
        let refuses = |seam: &Seam| matches!(seam, Seam::Distrust(act) if act(algorithm));
        if self.seams().any(refuses) {
            Err(Defect::AlgorithmOther)
        } else {
            Ok(())
        }
    }

    pub(in crate::provider) fn misread(&self, form: &mut Form) {
        for seam in self.seams() {
            if let Seam::Misread(act) = seam {
                act(form);
            }
        }
    }

    /// The name under which an assertion of this client is remembered.
    pub(in crate::provider) fn remember<'c>(&self, client: &'c str) -> &'c str {
        let mut acts = self.seams().filter_map(|seam| match seam {
            Seam::Remember(act) => Some(act),
            _ => None,
        });
        acts.next().map_or(client, |act| act(client))
    }

    pub(in crate::provider) fn discover(&self, document: &mut Value) {
        for seam in self.seams() {
            if let Seam::Discover(act) = seam {
                act(document);
            }
        }
    }

    pub(in crate::provider) fn grant(&self, terms: &mut Terms) {
        for seam in self.seams() {
            if let Seam::Grant(act) = seam {
                act(terms);
            }
        }
    }

    pub(in crate::provider) fn tell(&self, reply: &mut Reply) {
        for seam in self.seams() {
            if let Seam::Tell(act) = seam {
                act(reply);
            }
        }
    }

    /// Refuses a caller of the introspection where a fault does not know him.
    pub(in crate::provider) fn discredit(&self, headers: &HeaderMap) -> Result<(), Defect> {
        let refuses = |seam: &Seam| matches!(seam, Seam::Discredit(act) if act(headers));
        if self.seams().any(refuses) {
            Err(Defect::CallerUnknown)
        } else {
            Ok(())
        }
    }

    pub(in crate::provider) fn introspect(&self, answer: &mut Value) {
        for seam in self.seams() {
            if let Seam::Introspect(act) = seam {
                act(answer);
            }
        }
    }
}
