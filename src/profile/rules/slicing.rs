//! Slicing: items are assigned to slices, each slice's rules applied and its number counted
//! (R4 profiling, "Slicing").

pub mod matcher;
pub mod path;

use std::sync::Arc;

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::profile::element::Max;
use crate::profile::model::{Finding, Here, Place, Rule, Schema, Scope, Shape, Sink};
use crate::profile::walk;

use matcher::Matcher;

/// The slices of one element; a rule of the element's parent.
pub struct SlicingRule {
    /// Element name without the type of a choice.
    pub name: String,
    pub members: Vec<SlicedMember>,
    pub choice: bool,
    pub path: String,
    pub slices: Vec<Slice>,
    pub closed: bool,
    pub open_at_end: bool,
    pub ordered: bool,
    pub profile: Arc<str>,
}

/// One JSON member of the sliced element.
pub struct SlicedMember {
    json: String,
    /// The member with a primitive's id and extensions.
    underscored: String,
    type_name: String,
}

impl SlicedMember {
    pub fn new((json, type_name): (String, String)) -> Self {
        Self {
            underscored: format!("_{json}"),
            json,
            type_name,
        }
    }
}

/// What is asked of the items of one slice.
pub struct Slice {
    pub name: String,
    pub min: u32,
    pub max: Max,
    /// Position of the slice that this one slices further.
    pub parent: Option<usize>,
    /// `None` where the definition does not tell how to recognise an item.
    pub matchers: Option<Vec<Matcher>>,
    pub shape: Shape,
    pub schema: Option<Schema>,
}

impl SlicingRule {
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
                    walk::structure(schema, &self.profile, item, scope, sink);
                }
                walk::walk(&slice.shape, item, scope, sink);
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
            walk::items(value, sibling, |index, value, sibling| {
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
