//! Between values and the socket: the format of an answer, its compression, and the connection.

pub(super) mod compress;
pub(super) mod cors;
pub(super) mod negotiate;
pub(super) mod tls;
