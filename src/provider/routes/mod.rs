//! From an HTTP request to what serves it, and back.

mod dispatch;
mod interaction;
mod request;
mod router;

pub(super) use router::router;
