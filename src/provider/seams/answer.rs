//! What faults make of an answer.

use serde_json::{Value, json};

use super::seam::Seam;
use super::set::FaultSet;
use crate::provider::model::{Ask, Content, Interaction, Reply};

impl FaultSet {
    pub(in crate::provider) fn serialise(&self, ask: Option<&Ask>, reply: &mut Reply) {
        for seam in self.seams() {
            if let Seam::Serialise(act) = seam {
                act(ask, reply);
            }
        }
        let Some(ask) = ask else { return };
        self.show_stored(ask, reply);
        if ask.is_of_document() {
            self.retrieve(ask, reply);
        }
        if self.is_repeated(ask) {
            self.repeat(reply);
        }
    }

    pub(in crate::provider) fn send(&self, ask: Option<&Ask>, reply: &mut Reply) {
        for seam in self.seams() {
            if let Seam::Send(act) = seam {
                act(ask, reply);
            }
        }
    }

    /// Adds what was stored to the result of a search for its type.
    fn show_stored(&self, ask: &Ask, reply: &mut Reply) {
        let (Interaction::Search { resource_type }, Content::Resource(bundle)) =
            (&ask.interaction, &mut reply.body)
        else {
            return;
        };
        let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut) else {
            return;
        };
        let stored = self.stored.lock();
        for resource in stored.iter().flat_map(|stored| stored.iter()) {
            if resource["resourceType"] == *resource_type {
                entries.push(json!({ "resource": resource, "search": { "mode": "match" } }));
            }
        }
    }

    fn retrieve(&self, ask: &Ask, reply: &mut Reply) {
        for seam in self.seams() {
            match (seam, &mut reply.body) {
                (Seam::Retrieve(act), _) => act(ask, reply),
                (Seam::Document(act), Content::Resource(Value::Object(document))) => act(document),
                _ => {}
            }
        }
    }

    fn repeat(&self, reply: &mut Reply) {
        for seam in self.seams() {
            if let Seam::Repeat(act) = seam {
                act(reply);
            }
        }
    }

    /// True for a search that was answered before. Nothing is remembered where no fault asks for it.
    fn is_repeated(&self, ask: &Ask) -> bool {
        let Interaction::Search { resource_type } = &ask.interaction else {
            return false;
        };
        let asked = || format!("{resource_type} {:?}", ask.parameters);
        let remembers = |seam: &Seam| matches!(seam, Seam::Repeat(_));
        self.seams().any(remembers)
            && self
                .answered
                .lock()
                .is_ok_and(|mut answered| !answered.insert(asked()))
    }
}
