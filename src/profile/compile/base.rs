//! What a profile's element constrains: the element of the base type, and its JSON members.

use std::sync::Arc;

use super::source::Source;
use crate::profile::element::Element;
use crate::profile::snapshot::Snapshot;
use crate::profile::snapshot::tree::{Node, capitalised};

/// An element of a base type, as the base of a profile's element.
#[derive(Clone)]
pub struct BaseRef {
    snapshot: Arc<Snapshot>,
    path: Vec<String>,
}

impl BaseRef {
    pub fn root(snapshot: Arc<Snapshot>) -> Self {
        Self {
            snapshot,
            path: Vec::new(),
        }
    }

    pub fn node(&self) -> Option<&Node> {
        self.path
            .iter()
            .try_fold(&self.snapshot.root, |node, name| node.child(name))
    }

    /// The base of a child: in the same type, or in the type of this element.
    pub fn child(&self, source: &Source, name: &str, types: &[String]) -> Option<Self> {
        let node = self.node()?;
        if let Some(reference) = &node.element.content_reference {
            let path = reference.rsplit('#').next()?;
            let target = Self {
                snapshot: Arc::clone(&self.snapshot),
                path: path.split('.').skip(1).map(str::to_owned).collect(),
            };
            return target.below(name);
        }
        if !node.children.is_empty() {
            return self.below(name);
        }
        let type_name = match types {
            [only] => only.as_str(),
            _ => "Element",
        };
        let snapshot = source.snapshots().of_type(type_name).ok()?;
        Self::root(snapshot).below(name)
    }

    fn below(&self, name: &str) -> Option<Self> {
        let child = self.node()?.child(name)?.name.clone();
        let mut path = self.path.clone();
        path.push(child);
        Some(Self {
            snapshot: Arc::clone(&self.snapshot),
            path,
        })
    }
}

/// JSON members of an element with their types.
pub fn json_members(node: &Node) -> Vec<(String, String)> {
    let element = &node.element;
    match node.name.strip_suffix("[x]") {
        Some(stem) => element
            .types
            .iter()
            .map(|allowed| {
                (
                    format!("{stem}{}", capitalised(&allowed.code)),
                    allowed.code.clone(),
                )
            })
            .collect(),
        None => {
            let type_name = element
                .types
                .first()
                .map(|allowed| allowed.code.clone())
                .unwrap_or_default();
            vec![(node.name.clone(), type_name)]
        }
    }
}

pub fn plain_name(node: &Node) -> &str {
    node.name.strip_suffix("[x]").unwrap_or(&node.name)
}

pub fn is_choice(node: &Node) -> bool {
    node.name.ends_with("[x]")
}

pub fn type_names(element: &Element) -> Vec<String> {
    element
        .types
        .iter()
        .map(|allowed| allowed.code.clone())
        .collect()
}
