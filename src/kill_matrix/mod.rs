//! Who tests the tests: the suite against every fault of the embedded provider.
//!
//! ```text
//! bench      what all runs share, compiled once
//! sound      runs against the sound provider: none may alarm
//! judge      one fault's run → caught by the cases meant for it, and nothing else broken
//! mutation   generic changes of single responses, aimed at no case: which are noticed
//! matrix     all of it, in parallel → KillMatrix → page.rs, text.rs, JSON
//! ```

mod bench;
mod judge;
mod matrix;
mod message;
mod mutation;
mod operators;
mod page;
mod parallel;
mod sound;
mod text;

pub use bench::{Bench, BenchError};
pub use judge::{Caught, FaultOutcome, FaultVerdict, IssueCheck};
pub use matrix::{CaseCoverage, KillMatrix, Plan, Summary};
pub use mutation::{MutantOutcome, MutantVerdict, OperatorTally, Survivors};
pub use page::{PageError, render as html};
pub use sound::SoundRun;
pub use text::render as text;
