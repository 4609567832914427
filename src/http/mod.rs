//! Requests, responses and what is recorded of them.

mod client;
mod connection;
pub mod exchange;
mod failure;
mod redact;
mod request;
mod response;
mod retry;
mod settings;

pub use crate::auth::Secret;
pub use client::Client;
pub use connection::ClientError;
pub use request::Request;
pub use response::{Exchanged, Response};
pub use settings::{HttpSettings, Limits, Tls};
