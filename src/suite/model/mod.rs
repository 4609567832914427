//! What a case file says, as typed values that keep their place in the file.
//!
//! Enums are externally tagged (one key says the kind), so that every value keeps its position and
//! every error names its line. Braces in a [`Template`](super::Template) insert a named value; nothing else. The JSON
//! Schema of the same format is `case.schema.json`.

mod authorization;
mod body;
mod case;
mod expectation;
mod foreach;
mod query_value;
mod requires;
mod send;
mod step;

pub use authorization::{
    Authenticated, DiscoveredRequest, IntrospectRequest, SIGNATURES, ScopeGiven, Sent, TOKEN_PARTS,
    TokenChange, TokenRequest, Who,
};
pub use body::Body;
pub use case::{Actor, Case, Conformance, Given, Origin, PoolQuery, RESOURCE_FIELDS};
pub use expectation::{
    AttachmentRule, BundleRule, Disclosed, Expectation, Expected, GroupedExpectations, HeaderRule,
    MatchRule, RecordsRule, StatusRule, TokenRule, VersionRule,
};
pub use foreach::Source;
pub use query_value::{QueryValue, SeedValue, ValueForm};
pub use requires::{Capability, Requires};
pub use send::{BodyChange, PublishRequest, SendMethod, SendRequest};
pub use step::{
    Action, Answers, Asked, Each, GetRequest, HandshakeRequest, Method, Pages, ReadRequest,
    Reserved, SafeMethod, SearchRequest, Step,
};
