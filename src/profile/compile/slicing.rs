//! A sliced element of a definition → the rule that judges its items.

use std::sync::Arc;

use super::base::{BaseRef, json_members, plain_name};
use super::discriminator;
use super::source::Source;
use crate::profile::element::SlicingRules;
use crate::profile::model::{Schema, Shape, Unchecked};
use crate::profile::rules::slicing::{Slice, SlicedMember, SlicingRule};
use crate::profile::snapshot::tree::Node;

/// What a slice adds to the element that it slices.
pub struct Part {
    pub shape: Shape,
    pub schema: Option<Schema>,
}

/// The rule of a sliced element; `parts` has one for each slice, in their order. What of it can't be
/// checked goes to the gaps.
pub fn compile(
    source: &Source,
    profile: &Arc<str>,
    node: &Node,
    base: Option<&BaseRef>,
    parts: Vec<Part>,
    gaps: &mut Vec<Unchecked>,
) -> SlicingRule {
    let slicing = node.element.slicing.clone().unwrap_or_default();
    let members = match base.and_then(BaseRef::node) {
        // A backbone element's type is its path.
        Some(base) if !base.children.is_empty() => {
            vec![(base.name.clone(), base.element.path.clone())]
        }
        Some(base) => json_members(base),
        None => json_members(node),
    };
    let mut slices: Vec<Slice> = Vec::new();
    for (slice, part) in node.slices.iter().zip(parts) {
        let compiled = match compile_slice(source, node, slice, &slices, part) {
            (compiled, None) => compiled,
            (compiled, Some(why)) => {
                let what = format!(
                    "slice {} of {} in {profile}",
                    compiled.name, node.element.path
                );
                gaps.push(Unchecked { what, why });
                compiled
            }
        };
        slices.push(compiled);
    }
    SlicingRule {
        name: plain_name(node).to_owned(),
        members: members.into_iter().map(SlicedMember::new).collect(),
        choice: node.name.ends_with("[x]"),
        path: node.element.path.clone(),
        closed: slicing.rules == SlicingRules::Closed
            && slices.iter().all(|slice| slice.matchers.is_some()),
        open_at_end: slicing.rules == SlicingRules::OpenAtEnd,
        ordered: slicing.ordered,
        slices,
        profile: Arc::clone(profile),
    }
}

/// One slice after those before it; and why its items can't be recognised, where they can't.
fn compile_slice(
    source: &Source,
    sliced: &Node,
    node: &Node,
    before: &[Slice],
    part: Part,
) -> (Slice, Option<String>) {
    let name = node.element.slice_name.clone().unwrap_or_default();
    let outer = name.rsplit_once('/').map(|(outer, _)| outer);
    let parent = outer.and_then(|outer| before.iter().position(|known| known.name == outer));
    let slicing = match parent {
        Some(_) => outer
            .and_then(|outer| sliced.slice(outer))
            .and_then(|outer| outer.element.slicing.clone()),
        None => sliced.element.slicing.clone(),
    };
    let (matchers, why) = match discriminator::compile(source, slicing.as_ref(), sliced, node) {
        Ok(matchers) => (Some(matchers), None),
        Err(why) => (None, Some(why)),
    };
    let slice = Slice {
        min: node.element.min(),
        max: node.element.max(),
        name,
        parent,
        matchers,
        shape: part.shape,
        schema: part.schema,
    };
    (slice, why)
}
