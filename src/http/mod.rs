//! Requests, responses and what is recorded of them.

pub mod exchange;
mod settings;

pub use settings::{HttpSettings, Limits, Secret, Tls};
