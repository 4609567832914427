//! Slicing: items are assigned to slices, each slice's rules applied and its number counted
//! (R4 profiling, "Slicing").

mod expect;
mod matcher;
mod path;

use std::sync::Arc;

use serde_json::Value;

use super::Rule;
use crate::fhir::IssueCode;
use crate::profile::compile::{BaseRef, Builder, Schema, Shape, json_members, plain_name};
use crate::profile::context::{Finding, Here, Place, Scope, Sink};
use crate::profile::element::{Max, SlicingRules};
use crate::profile::snapshot::tree::Node;
use crate::profile::{structural, validate};

use matcher::Matcher;

/// The slices of one element; a rule of the element's parent.
pub struct SlicingRule {
    /// Element name without the type of a choice.
    name: String,
    members: Vec<SlicedMember>,
    choice: bool,
    path: String,
    slices: Vec<Slice>,
    closed: bool,
    open_at_end: bool,
    ordered: bool,
    profile: Arc<str>,
}

/// One JSON member of the sliced element.
struct SlicedMember {
    json: String,
    /// The member with a primitive's id and extensions.
    underscored: String,
    type_name: String,
}

impl SlicedMember {
    fn new((json, type_name): (String, String)) -> Self {
        Self {
            underscored: format!("_{json}"),
            json,
            type_name,
        }
    }
}

struct Slice {
    name: String,
    min: u32,
    max: Max,
    /// Position of the slice that this one slices further.
    parent: Option<usize>,
    /// `None` where the definition does not tell how to recognise an item.
    matchers: Option<Vec<Matcher>>,
    shape: Shape,
    schema: Option<Schema>,
}

impl SlicingRule {
    pub fn compile(builder: &mut Builder<'_>, node: &Node, base: Option<&BaseRef>) -> Self {
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
        for slice in &node.slices {
            let name = slice.element.slice_name.clone().unwrap_or_default();
            let parent = name
                .rsplit_once('/')
                .and_then(|(outer, _)| slices.iter().position(|known| known.name == outer));
            let compiled = Slice::compile(builder, node, slice, name, parent, base);
            slices.push(compiled);
        }
        Self {
            name: plain_name(node).to_owned(),
            members: members.into_iter().map(SlicedMember::new).collect(),
            choice: node.name.ends_with("[x]"),
            path: node.element.path.clone(),
            closed: slicing.rules == SlicingRules::Closed
                && slices.iter().all(|slice| slice.matchers.is_some()),
            open_at_end: slicing.rules == SlicingRules::OpenAtEnd,
            ordered: slicing.ordered,
            slices,
            profile: Arc::clone(&builder.profile),
        }
    }

    /// The slice an item belongs to: the last of those that match, so that a re-slice wins over the
    /// slice it refines.
    fn assign(&self, item: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for (at, slice) in self.slices.iter().enumerate() {
            let Some(matchers) = &slice.matchers else {
                continue;
            };
            let fits_parent = slice.parent.is_none_or(|parent| found.contains(&parent));
            let first_of_level = !found.iter().any(|other| {
                self.slices
                    .get(*other)
                    .is_some_and(|other| other.parent == slice.parent)
            });
            if fits_parent
                && first_of_level
                && matchers
                    .iter()
                    .all(|matcher| matcher.matches(item, scope, sink))
            {
                found.push(at);
            }
        }
        found
    }

    fn judge_item(&self, item: &Here<'_>, state: &mut State, scope: &Scope<'_>, sink: &mut Sink) {
        let found = self.assign(item, scope, sink);
        let Some(outermost) = found.first().copied() else {
            state.outside_seen = true;
            if self.closed {
                sink.push(
                    Finding::error(
                        IssueCode::Structure,
                        "slicing-closed",
                        format!("the item belongs to none of the slices of {}, and others are not allowed", self.path),
                    )
                    .fix(format!("make it fit one of the slices {}, or remove it", self.names()))
                    .of(&self.profile),
                    item.place,
                );
            }
            return;
        };
        let out_of_order =
            (self.ordered && outermost < state.last) || (self.open_at_end && state.outside_seen);
        if out_of_order {
            sink.push(
                Finding::error(
                    IssueCode::Structure,
                    "slicing-order",
                    format!(
                        "the item stands in the wrong place among the slices of {}",
                        self.path
                    ),
                )
                .fix(format!("order the items as {}", self.names()))
                .of(&self.profile),
                item.place,
            );
        }
        state.last = state.last.max(outermost);
        for at in found {
            if let Some(count) = state.counts.get_mut(at) {
                *count += 1;
            }
            if let Some(slice) = self.slices.get(at) {
                if let Some(schema) = &slice.schema {
                    structural::check(schema, &self.profile, item, scope, sink);
                }
                validate::walk(&slice.shape, item, scope, sink);
            }
        }
    }

    fn count(&self, slice: &Slice, count: u32, here: &Here<'_>, sink: &mut Sink) {
        if slice.matchers.is_none() {
            return;
        }
        if count < slice.min {
            sink.push(
                Finding::error(
                    IssueCode::Required,
                    "slice-min",
                    format!(
                        "the slice {} of {} needs at least {} and has {count}",
                        slice.name, self.path, slice.min
                    ),
                )
                .fix(format!(
                    "add what the slice {} of the profile describes",
                    slice.name
                ))
                .of(&self.profile),
                here.place,
            );
        }
        if slice.max < Max::Times(count) {
            sink.push(
                Finding::error(
                    IssueCode::Structure,
                    "slice-max",
                    format!(
                        "the slice {} of {} may have at most {} and has {count}",
                        slice.name, self.path, slice.max
                    ),
                )
                .fix("remove what is too many")
                .of(&self.profile),
                here.place,
            );
        }
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self
            .slices
            .iter()
            .map(|slice| slice.name.as_str())
            .collect();
        names.join(", ")
    }
}

/// What is remembered from item to item.
struct State {
    counts: Vec<u32>,
    last: usize,
    outside_seen: bool,
}

impl Rule for SlicingRule {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(Value::Object(object)) = here.value else {
            return;
        };
        let mut state = State {
            counts: vec![0; self.slices.len()],
            last: 0,
            outside_seen: false,
        };
        for SlicedMember {
            json,
            underscored,
            type_name,
        } in &self.members
        {
            let value = object.get(json);
            let sibling = object.get(underscored);
            if value.is_none() && sibling.is_none() {
                continue;
            }
            validate::items(value, sibling, |index, value, sibling| {
                let type_name = value
                    .and_then(|value| value.get("resourceType"))
                    .and_then(Value::as_str)
                    .unwrap_or(type_name);
                let place = Place::member(
                    here.place,
                    &self.name,
                    json,
                    self.choice.then_some(type_name),
                    index,
                    type_name,
                );
                let item = Here {
                    value,
                    sibling,
                    type_name,
                    place: &place,
                };
                self.judge_item(&item, &mut state, scope, sink);
            });
        }
        for (slice, count) in self.slices.iter().zip(&state.counts) {
            self.count(slice, *count, here, sink);
        }
    }
}

impl Slice {
    fn compile(
        builder: &mut Builder<'_>,
        sliced: &Node,
        node: &Node,
        name: String,
        parent: Option<usize>,
        base: Option<&BaseRef>,
    ) -> Self {
        let slicing = match parent {
            Some(_) => name
                .rsplit_once('/')
                .and_then(|(outer, _)| sliced.slice(outer))
                .and_then(|outer| outer.element.slicing.clone()),
            None => sliced.element.slicing.clone(),
        };
        let matchers = expect::compile(builder.store, slicing.as_ref(), sliced, node);
        let matchers = match matchers {
            Ok(matchers) => Some(matchers),
            Err(why) => {
                builder.gap(
                    format!(
                        "slice {name} of {} in {}",
                        sliced.element.path, builder.profile
                    ),
                    why,
                );
                None
            }
        };
        let shape = builder.delta_shape(node, base);
        let schema = builder.slice_schema(node, base);
        Self {
            min: node.element.min(),
            max: node.element.max(),
            name,
            parent,
            matchers,
            shape,
            schema,
        }
    }
}
