//! The embedded reference provider: a FHIR R4 server for resource access, with sample data of its own
//! and, where asked for, named faults.
//!
//! ```text
//! server (socket) → routes (request → Ask) → api: read, search, … → routes (Reply → response)
//!                                             search: parse → match → page → bundle
//!                   Reply → wire: negotiate (JSON or XML) → compress → socket
//! ```
//! Each arrow is a seam at which a [`Fault`] of the instance may change what passes. Sample data is
//! read once and shared by all instances of a process.
//!
//! Modules are declared from the ground up, and each uses only those above it: what passes, as values
//! (`model/`), and the sample data; where it may be changed (`seams/`); the connection, the
//! authorization server and the FHIR API, which know no single fault; and what serves them. The faults
//! themselves (`faults/`) stand beside all this: only whoever starts an instance names them.

// What passes, and what is held.
mod model;
mod store;

// Where an instance may go wrong.
mod seams;

// What serves, piece by piece.
mod authorization;
mod wire;

// One instance, and what it answers.
mod instance;

mod api;

// From the socket to the answer.
mod routes;
mod server;

// What goes wrong, by name.
mod faults;

pub use authorization::{AuthorizationOptions, Client};
pub use faults::UnknownFault;
pub use instance::Provider;
pub use seams::{ExpectedIssue, Fault, FaultSet};
pub use server::{Between, ProviderOptions, RunningProvider};
