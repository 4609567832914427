//! The kinds of rule, one file for those that belong together. Each gives the mutants of one site.

pub mod attachment;
pub mod binding;
pub mod bundle;
pub mod cardinality;
pub mod choice;
pub mod coding;
pub mod extension;
pub mod invariant;
pub mod json;
pub mod narrative;
pub mod primitive;
pub mod reference;
pub mod resource;
pub mod slicing;
pub mod value;

use crate::mutant::Mutant;
use crate::site::Site;

/// Gives mutants of a site.
pub type Kind = fn(&Site<'_>) -> Vec<Mutant>;

pub const KINDS: &[Kind] = &[
    cardinality::minimum,
    cardinality::maximum,
    json::members,
    json::types,
    json::empty,
    json::padding,
    json::text,
    primitive::formats,
    choice::mutants,
    value::fixed,
    value::bounds,
    value::length,
    binding::mutants,
    coding::mutants,
    slicing::mutants,
    reference::mutants,
    extension::mutants,
    narrative::mutants,
    attachment::mutants,
    resource::mutants,
    bundle::mutants,
];
