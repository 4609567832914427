//! Requests, responses and what is recorded of them.

mod access;
mod authorization;
mod client;
mod connection;
pub(crate) mod download;
pub mod exchange;
mod failure;
mod hello;
mod identity;
mod redact;
mod request;
mod response;
mod retry;
mod settings;
mod wire;

pub use crate::auth::Secret;
pub use authorization::{Authorization, Held, NoToken, OauthClient};
pub use client::Client;
pub use connection::{ClientError, is_loopback};
pub use download::TransferError;
pub use hello::Offer;
pub use identity::{Grant, Identity, Presented, tampered};
pub use redact::MARK as REDACTED;
pub use request::Request;
pub use response::{Exchanged, Response};
pub use settings::{HttpSettings, Limits, ReadXml, Tls};
