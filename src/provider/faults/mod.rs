//! Named faults: what implementers get wrong.
//!
//! A fault is a row: a name, the mistake in one sentence, and a small function at the seam where the
//! behaviour it breaks passes. Rows stand in one file a subject; [`catalogue`] lists them all.

mod answers;
mod authorization;
mod capabilities;
mod catalogue;
mod content;
mod documents;
mod search;
mod submissions;
mod transport;

pub use catalogue::UnknownFault;
