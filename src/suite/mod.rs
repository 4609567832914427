//! Test cases: YAML files → cases with positions, or diagnostics.

mod describe;
mod diagnostic;
mod expand;
mod file;
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
    Action, Actor, Answers, Asked, AttachmentRule, Authenticated, BodyChange, BundleRule,
    Capability, Case, Conformance, Disclosed, DiscoveredRequest, Each, Expectation, Expected,
    GetRequest, Given, GroupedExpectations, HandshakeRequest, HeaderRule, IntrospectRequest,
    MatchRule, Method, Origin, Pages, PoolQuery, PublishRequest, QueryValue, RESOURCE_FIELDS,
    ReadRequest, RecordsRule, Requires, Reserved, SIGNATURES, SafeMethod, ScopeGiven,
    SearchRequest, SeedValue, SendMethod, SendRequest, Sent, Source, StatusRule, Step, TOKEN_PARTS,
    TokenChange, TokenRequest, TokenRule, ValueForm, VersionRule, Who,
};
pub use schema::{CASE_SCHEMA, REQUIREMENT_SCHEMA, TABLE_SCHEMA};
pub use table::{Table, TableRow};
pub use template::{Part, Template, TemplateError};

#[cfg(test)]
mod tests;
