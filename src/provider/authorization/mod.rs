//! The instance's own authorization server: SMART Backend Services (SMART App Launch 2.2), and what
//! the FHIR side asks of a token.
//!
//! ```text
//! discovery     what clients are told: smart-configuration
//! endpoints     paths beside the FHIR API → token, introspection, keys
//! token         form → client authentication (assertion) → scope → access token
//! guard         FHIR request + access token → let through or refused
//! ```
//! What is wrong with a request is a [`Defect`](super::model::Defect); at each of them a fault of the
//! instance may look away.

mod access_token;
mod address;
mod assertion;
mod bearer;
mod discovery;
mod endpoints;
mod form;
mod guard;
mod instance;
mod introspection;
mod jws;
mod options;
mod registry;
mod replay;
mod response;
mod token;

pub use options::{AuthorizationOptions, Client};

pub(super) use address::Endpoints;
pub(super) use bearer::bearer;
pub(super) use discovery::document;
pub(super) use endpoints::answer;
pub(super) use guard::check;
pub(super) use instance::Authorization;
pub(super) use jws::Jws;
