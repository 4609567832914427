//! Test cases: YAML files → cases with positions, or diagnostics.

mod describe;
mod diagnostic;
mod expand;
mod friendly;
mod lint;
mod load;
mod model;
mod node;
mod parse;
mod schema;
mod source;
mod table;
mod template;
mod walk;

pub use diagnostic::{Code, Diagnostic, Gravity};
pub use expand::{Row, rows};
pub use load::Suite;
pub use model::{
    Action, Actor, Answers, Asked, BundleKind, Capability, Case, Conformance, Each, Expectation,
    Expected, GetRequest, Given, GroupedExpectations, HeaderRule, Method, Origin, Pages, PoolQuery,
    QueryValue, RESOURCE_FIELDS, ReadRequest, Requires, Reserved, SearchRequest, SeedValue, Source,
    StatusRule, Step, ValueForm, VersionRule,
};
pub use schema::{CASE_SCHEMA, REQUIREMENT_SCHEMA, TABLE_SCHEMA};
pub use table::{Table, TableRow};
pub use template::{Part, Template, TemplateError};

#[cfg(test)]
mod tests;
