//! Test cases: YAML files → cases with positions, or diagnostics.

mod model;

pub use model::{
    Action, Actor, BundleKind, Case, Conformance, Each, Expectation, Expected, GetRequest, Given,
    GroupedExpectations, HeaderRule, Method, Pages, PoolQuery, QueryValue, ReadRequest, Requires,
    SearchRequest, Source, StatusRule, Step, Template,
};
