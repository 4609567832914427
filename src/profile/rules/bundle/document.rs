//! Documents: the entries hang together by references (R4 documents, "Document Content").

use std::collections::HashMap;

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::profile::model::{Finding, Here, Place, Scope, Sink};
use crate::profile::reference::{References, Target};

/// The parts of a Composition whose references lead into the document.
const PARTS: [&str; 7] = [
    "subject",
    "encounter",
    "author",
    "custodian",
    "attester",
    "event",
    "section",
];
/// Deeper content is not looked at by any rule.
const MAX_DEPTH: usize = 64;

/// Judges the entries of a document together.
pub fn check(entries: &[Value], here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let place = |at| Place::member(here.place, "entry", "entry", None, Some(at), "Bundle.entry");
    composition(entries, &place(0), scope, sink);
    let mut graph = Graph::new(entries);
    for (at, entry) in entries.iter().enumerate() {
        let Some(resource) = entry.get("resource") else {
            continue;
        };
        let references = from(entry, resource, scope);
        let mut found = Vec::new();
        collect(resource, 0, &mut found);
        for reference in found {
            if references.is_apparent(reference) {
                apparent(reference, &place(at), sink);
            }
            if let Target::Found(target) = references.target(reference) {
                graph.link(at, target);
            }
        }
    }
    for (at, entry) in graph.unreached(entries) {
        let kind = entry["resource"]["resourceType"]
            .as_str()
            .unwrap_or_default();
        sink.push(
            Finding::error(
                IssueCode::Structure,
                "document-unreachable",
                format!("no reference leads from the Composition to this {kind}, or back"),
            )
            .fix("refer to it from the Composition or from what that refers to, or leave it out"),
            &place(at),
        );
    }
}

fn from<'r>(entry: &'r Value, resource: &'r Value, scope: &Scope<'r>) -> References<'r> {
    let full_url = entry.get("fullUrl").and_then(Value::as_str);
    References::new(resource, scope.references.bundle(), full_url)
}

/// Whatever the Composition refers to is in the document.
fn composition(entries: &[Value], place: &Place<'_>, scope: &Scope<'_>, sink: &mut Sink) {
    let Some(entry) = entries.first() else { return };
    let Some(composition) = entry.get("resource") else {
        return;
    };
    let references = from(entry, composition, scope);
    let mut found = Vec::new();
    for part in PARTS.iter().filter_map(|name| composition.get(name)) {
        collect(part, 0, &mut found);
    }
    for reference in found {
        let message = match references.target(reference) {
            _ if references.ambiguous(reference) => {
                format!("the Composition refers to `{reference}`, which several entries answer to")
            }
            Target::Elsewhere => {
                format!("the Composition refers to `{reference}`, which is not in the document")
            }
            _ => continue,
        };
        sink.push(
            Finding::error(IssueCode::NotFound, "document-reference", message)
                .fix("add the resource as an entry whose fullUrl the reference leads to, once"),
            place,
        );
    }
}

/// A relative reference from an entry without a RESTful address leads nowhere, though an entry has the
/// type and id that it names (R4 bundle, "Resolving references in Bundles").
fn apparent(reference: &str, place: &Place<'_>, sink: &mut Sink) {
    sink.push(
        Finding::error(
            IssueCode::NotFound,
            "document-reference-apparent",
            format!("`{reference}` leads to no entry: it is relative, and the fullUrl of its own entry is no address that it could be relative to"),
        )
        .fix("write the fullUrl of the entry that is meant"),
        place,
    );
}

/// Which entries references connect, whichever way they point.
struct Graph {
    positions: HashMap<usize, usize>,
    neighbours: Vec<Vec<usize>>,
}

impl Graph {
    fn new(entries: &[Value]) -> Self {
        let identities = entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| Some((identity(entry.get("resource")?), at)));
        Self {
            positions: identities.collect(),
            neighbours: vec![Vec::new(); entries.len()],
        }
    }

    fn link(&mut self, from: usize, target: &Value) {
        let Some(&to) = self.positions.get(&identity(target)) else {
            return;
        };
        for (one, other) in [(from, to), (to, from)] {
            if let Some(known) = self.neighbours.get_mut(one) {
                known.push(other);
            }
        }
    }

    /// The entries that no way leads to from the first. A stylesheet is one that nothing refers to.
    fn unreached<'e>(&self, entries: &'e [Value]) -> Vec<(usize, &'e Value)> {
        let mut reached = vec![false; entries.len()];
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            match reached.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            open.extend(self.neighbours.get(at).into_iter().flatten());
        }
        let unreached = entries.iter().enumerate().zip(reached);
        unreached
            .filter(|((_, entry), reached)| {
                !reached
                    && entry.get("resource").is_some()
                    && entry["resource"]["resourceType"] != "Binary"
            })
            .map(|(found, _)| found)
            .collect()
    }
}

fn identity(resource: &Value) -> usize {
    std::ptr::from_ref(resource) as usize
}

fn collect<'v>(value: &'v Value, depth: usize, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) if depth < MAX_DEPTH => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "reference" => found.push(text),
                    other => collect(other, depth + 1, found),
                }
            }
        }
        Value::Array(items) if depth < MAX_DEPTH => {
            items
                .iter()
                .for_each(|item| collect(item, depth + 1, found));
        }
        _ => {}
    }
}
