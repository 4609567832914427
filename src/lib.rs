//! Conformance test harness for FHIR resource exchange as the EU Health Data API describes it.
//!
//! One way down: file → case → plan → exchange → check → outcome → report. Modules are listed from
//! the ground up; a module uses only those above it in this list.
#![doc = include_str!("../docs/library.md")]

// Nouns, definitions and settings.
pub mod auth;
pub mod config;
pub mod fhir;
pub mod http;
pub mod package;
mod spelling;

pub mod definition;

// Engines below cases.
pub mod fhirpath;
pub mod requirement;
pub mod terminology;
pub mod xml;

// Cases, search semantics and profiles.
pub mod profile;
pub mod search;
pub mod suite;

// What is known before, during and after a run.
pub mod event;
pub mod outcome;
pub mod plan;
pub mod pool;

// One expectation at a time.
pub mod check;

// The embedded server.
pub mod provider;

// A whole run, and what is made of it.
pub mod report;
pub mod runner;

// Runs against the embedded server: sound, and with every fault.
pub mod embedded;
pub mod kill_matrix;

// The faces: command line and `cargo test`.
pub mod cli;
pub mod trial;
