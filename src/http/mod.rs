//! Requests, responses and what is recorded of them.

mod client;
mod connection;
pub mod exchange;
mod failure;
mod redact;
mod retry;
mod settings;

pub use client::{Client, Exchanged, Request, Response};
pub use connection::ClientError;
pub use settings::{HttpSettings, Limits, Secret, Tls};
