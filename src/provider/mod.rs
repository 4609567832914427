//! The embedded reference provider: a FHIR R4 server for resource access, with sample data of its own
//! and, where asked for, named faults.
//!
//! ```text
//! server (socket) → routes (request → Ask) → read, search, submissions, … → reply (→ response)
//!                                             search: parse → match → page → bundle
//!                             reply → negotiate (JSON or XML) → compress → socket
//! ```
//! Each arrow is a seam at which a [`Fault`] of the instance may change what passes. Sample data is
//! read once and shared by all instances of a process.

mod ask;
mod authorization;
mod bundle;
mod capability;
mod compress;
mod cors;
mod documents;
mod faults;
mod negotiate;
mod outcome;
mod page;
mod patient_match;
mod read;
mod reply;
mod routes;
mod search;
mod server;
mod sort;
mod store;
mod submissions;
mod subset;
mod tls;

pub use authorization::{AuthorizationOptions, Client};
pub use faults::{ExpectedIssue, Fault, FaultSet, UnknownFault};
pub use server::{Between, Provider, ProviderOptions, RunningProvider};

/// The resource types that are served, and whether they are searched.
const TYPES: [(&str, bool); 17] = [
    ("Patient", true),
    ("AllergyIntolerance", true),
    ("Binary", false),
    ("Bundle", false),
    ("Condition", true),
    ("DiagnosticReport", true),
    ("DocumentReference", true),
    ("Encounter", true),
    ("Immunization", true),
    ("Medication", false),
    ("MedicationDispense", true),
    ("MedicationRequest", true),
    ("MedicationStatement", true),
    ("Observation", true),
    ("Organization", false),
    ("Practitioner", false),
    ("Provenance", false),
];
