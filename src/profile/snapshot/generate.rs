//! Differential over base, element by element.
//!
//! Each element of the differential is found by its id. Where the way leads below an element whose
//! children the base does not list, they come from the element's type, its profile, or the element
//! a contentReference names. A slice starts as a copy of the element that it slices, without what the
//! differential says of that element itself: it holds for every item anyway.

use super::merge::{add_constraints, merge};
use super::tree::{Ids, Node, Segment, capitalised};
use super::{Kind, Snapshot, Snapshots};
use crate::profile::element::Max;
use crate::profile::element::{
    Discriminator, DiscriminatorKind, Element, Slicing, SlicingRules, TypeRef,
};

/// Most elements that a differential may add to its base. Definitions that lead to themselves, or to the
/// same others again and again, come to more with each step; no published one comes near.
const MAX_ADDED: usize = 20_000;

pub(super) struct Generator<'s> {
    snapshots: &'s Snapshots,
    depth: usize,
    /// True for a definition that is part of FHIR itself. There, a choice that is constrained under
    /// the name of one type is of that type; elsewhere only where it is mandatory.
    is_of_fhir: bool,
    /// Elements that may still be added.
    room: usize,
    /// True where there was too little room.
    is_full: bool,
    pub(super) gaps: Vec<String>,
}

impl<'s> Generator<'s> {
    pub(super) fn new(snapshots: &'s Snapshots, depth: usize, is_of_fhir: bool) -> Self {
        Self {
            snapshots,
            depth,
            is_of_fhir,
            room: MAX_ADDED,
            is_full: false,
            gaps: Vec::new(),
        }
    }

    pub(super) fn apply(&mut self, base: &Node, differential: Vec<Element>) -> Node {
        let mut root = base.clone();
        let mut ids = Ids::default();
        for mut element in differential {
            let segments = ids.segments(&mut element);
            if segments.is_empty() {
                merge(&mut root.element, &element);
                continue;
            }
            let way = Way {
                base,
                original: Some(base),
                in_slice: false,
            };
            if !self.place(&mut root, way, &segments, &element) && !self.is_full {
                self.gaps.push(format!(
                    "the differential's element {} fits nothing in the base definition",
                    element.id
                ));
            }
        }
        if self.is_full {
            self.gaps.push(format!(
                "the differential adds more than {MAX_ADDED} elements, and what is beyond them is left out"
            ));
        }
        settle(&mut root);
        let (id, path) = (root.name.clone(), root.name.clone());
        label(&mut root, id, path);
        root
    }

    /// Whether a copy of these elements has room.
    fn has_room(&mut self, nodes: &[Node]) -> bool {
        let rest = self.room.checked_sub(nodes.iter().map(Node::size).sum());
        self.room = rest.unwrap_or(self.room);
        self.is_full |= rest.is_none();
        rest.is_some()
    }

    fn place(
        &mut self,
        node: &mut Node,
        way: Way<'_>,
        segments: &[Segment],
        element: &Element,
    ) -> bool {
        let Some((segment, rest)) = segments.split_first() else {
            merge(&mut node.element, element);
            self.add_constraints_of_type(&mut node.element, element);
            return true;
        };
        if node.children.is_empty() {
            self.expand(node, way.base);
        }
        let is_mandatory = rest.is_empty() && element.min.is_some_and(|min| min > 0);
        let rules = if self.is_of_fhir || is_mandatory {
            SlicingRules::Closed
        } else {
            SlicingRules::Open
        };
        let Some((mut child, slice)) = find(node, segment, rules, way.in_slice) else {
            return false;
        };
        let mut way = Way {
            original: way
                .original
                .and_then(|original| original.child(&child.name)),
            ..way
        };
        if let Some(slice) = slice {
            let is_new = child.slice(&slice).is_none();
            if is_new && !self.has_room(std::slice::from_ref(child)) {
                return false;
            }
            let Some(opened) = open_slice(child, way.original, &slice) else {
                return false;
            };
            child = opened;
            way.original = way
                .original
                .and_then(|original| original.slice(&slice).or(Some(original)));
            way.in_slice = true;
        }
        self.place(child, way, rest, element)
    }

    /// The constraints of the profile that the differential gives the element's type.
    fn add_constraints_of_type(&self, target: &mut Element, differential: &Element) {
        if let [only] = differential.types.as_slice()
            && !only.profiles.is_empty()
            && let Some(found) = self.type_tree(only)
            && found.kind == Kind::Complex
        {
            add_constraints(target, &found.root.element);
        }
    }

    /// Lists the children of an element by its type.
    fn expand(&mut self, node: &mut Node, base: &Node) {
        if let Some(reference) = &node.element.content_reference {
            let path = reference.rsplit('#').next().unwrap_or_default();
            if let Some(target) = by_path(base, path)
                && self.has_room(&target.children)
            {
                node.children.clone_from(&target.children);
            }
            return;
        }
        let source = match node.element.types.as_slice() {
            [only] => self.type_tree(only),
            _ => self.snapshots.of_type("Element").ok(),
        };
        match source {
            Some(source) if self.has_room(&source.root.children) => {
                node.children.clone_from(&source.root.children);
            }
            Some(_) => {}
            None => self.gaps.push(format!(
                "the children of {} are not known, because the definition of its type is not at hand",
                node.element.path
            )),
        }
    }

    fn type_tree(&self, allowed: &TypeRef) -> Option<std::sync::Arc<Snapshot>> {
        if let [profile] = allowed.profiles.as_slice()
            && let Ok(found) = self.snapshots.nested(profile, self.depth + 1)
        {
            return Some(found);
        }
        self.snapshots.of_type(&allowed.code).ok()
    }
}

/// Where an element of the differential is on its way to.
#[derive(Clone, Copy)]
struct Way<'b> {
    /// The base definition's tree.
    base: &'b Node,
    /// The base's own element here, where it has one.
    original: Option<&'b Node>,
    /// Whether the way has led into a slice.
    in_slice: bool,
}

/// The child a segment names, and the slice: `valueQuantity` is the slice of that name of `value[x]`.
/// In a slice, which is somebody's own already, it just makes the choice.
fn find<'n>(
    node: &'n mut Node,
    segment: &Segment,
    rules: SlicingRules,
    in_slice: bool,
) -> Option<(&'n mut Node, Option<String>)> {
    if node.child(&segment.name).is_some() {
        return Some((node.child_mut(&segment.name)?, segment.slice.clone()));
    }
    let choice = node.child_or_choice(&segment.name)?.name.clone();
    let child = node.child_mut(&choice)?;
    let slice = match &segment.slice {
        Some(slice) => slice.clone(),
        None if in_slice && child.slices.is_empty() => {
            choose(child, &segment.name);
            return Some((child, None));
        }
        None => {
            child.element.slicing.get_or_insert_with(|| Slicing {
                rules,
                ..implied_by_type()
            });
            segment.name.clone()
        }
    };
    Some((child, Some(slice)))
}

/// Leaves a choice only the type that its member of this name has.
fn choose(choice: &mut Node, name: &str) {
    let stem = choice.name.trim_end_matches("[x]").to_owned();
    let types = &mut choice.element.types;
    types.retain(|allowed| format!("{stem}{}", capitalised(&allowed.code)) == name);
}

/// What follows from an element's slices for the element itself.
fn settle(node: &mut Node) {
    for child in node.children.iter_mut().chain(&mut node.slices) {
        settle(child);
    }
    let outer = |slice: &&Node| {
        slice
            .element
            .slice_name
            .as_deref()
            .is_some_and(|name| !name.contains('/'))
    };
    // Together the slices need at least as many items as each of them.
    let least: u32 = node
        .slices
        .iter()
        .filter(outer)
        .map(|slice| slice.element.min())
        .sum();
    if least > node.element.min() && Max::Times(least) <= node.element.max() {
        node.element.min = Some(least);
    }
    // A choice that is constrained under the name of one type is of that type.
    let by_type = node.name.ends_with("[x]")
        && node
            .element
            .slicing
            .as_ref()
            .is_some_and(|slicing| slicing == &implied_by_type());
    if by_type {
        let named: Vec<String> = node
            .slices
            .iter()
            .flat_map(|slice| slice.element.types.iter().map(|kind| kind.code.clone()))
            .collect();
        node.element.types.retain(|kind| named.contains(&kind.code));
    }
}

/// The slicing that `valueQuantity` stands for.
fn implied_by_type() -> Slicing {
    Slicing {
        discriminators: vec![Discriminator {
            kind: DiscriminatorKind::Type,
            path: "$this".to_owned(),
        }],
        rules: SlicingRules::Closed,
        ordered: false,
    }
}

/// Gives every element the id and path that follow from where it stands now.
fn label(node: &mut Node, id: String, path: String) {
    for child in &mut node.children {
        let child_id = format!("{id}.{}", child.name);
        let child_path = format!("{path}.{}", child.name);
        for slice in &mut child.slices {
            let name = slice.element.slice_name.clone().unwrap_or_default();
            label(slice, format!("{child_id}:{name}"), child_path.clone());
        }
        label(child, child_id, child_path);
    }
    node.element.id = id;
    node.element.path = path;
}

fn by_path<'n>(root: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('.')
        .skip(1)
        .try_fold(root, |node, name| node.child(name))
}

/// The slice of a name, made from the sliced element where it is new.
fn open_slice<'n>(node: &'n mut Node, original: Option<&Node>, name: &str) -> Option<&'n mut Node> {
    let known = node
        .slices
        .iter()
        .position(|slice| slice.element.slice_name.as_deref() == Some(name));
    let at = known.unwrap_or_else(|| {
        let slice = new_slice(node, original, name);
        node.slices.push(slice);
        node.slices.len() - 1
    });
    node.slices.get_mut(at)
}

fn new_slice(node: &mut Node, original: Option<&Node>, name: &str) -> Node {
    // A re-slice `a/b` starts as a copy of the slice `a`.
    let parent = name
        .rsplit_once('/')
        .and_then(|(parent, _)| node.slice(parent));
    let element = parent.or(original).unwrap_or(node).element.clone();
    let mut slice = Node {
        slices: Vec::new(),
        element,
        ..parent.unwrap_or(node).clone()
    };
    slice.element.slicing = None;
    slice.element.min = Some(0);
    slice.element.slice_name = Some(name.to_owned());
    if let Some(stem) = node.name.strip_suffix("[x]") {
        let chosen = node
            .element
            .types
            .iter()
            .find(|allowed| format!("{stem}{}", capitalised(&allowed.code)) == name);
        if let Some(chosen) = chosen {
            slice.element.types = vec![chosen.clone()];
        }
        // A choice is sliced by type without saying so.
        let rules = SlicingRules::Open;
        node.element.slicing.get_or_insert(Slicing {
            rules,
            ..implied_by_type()
        });
    }
    if matches!(node.name.as_str(), "extension" | "modifierExtension") {
        node.element.slicing.get_or_insert(Slicing {
            discriminators: vec![Discriminator {
                kind: DiscriminatorKind::Value,
                path: "url".to_owned(),
            }],
            ..Slicing::default()
        });
    }
    slice
}
