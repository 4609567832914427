//! Test cases: YAML files → cases with positions, or diagnostics.

mod friendly;
mod model;
mod template;

pub use model::{
    Action, Actor, BundleKind, Capability, Case, Conformance, Each, Expectation, Expected,
    GetRequest, Given, GroupedExpectations, HeaderRule, Method, Origin, Pages, PoolQuery,
    QueryValue, RESOURCE_FIELDS, ReadRequest, Requires, Reserved, SearchRequest, SeedValue, Source,
    StatusRule, Step, ValueForm,
};
pub use template::{Part, Template, TemplateError};

#[cfg(test)]
mod tests;
