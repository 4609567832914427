//! What a run says while it runs. Below both the runner, which sends, and reporters, which listen.

use crate::outcome::{RunInfo, Summary, TestOutcome};

/// One thing that happened in a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// The target's declaration was read and the plan is made.
    Planned {
        /// Tests in all.
        tests: usize,
        /// Tests that are skipped for a reason known beforehand.
        skipped: usize,
    },
    /// Something that takes time before the first test, in words.
    Preparing(String),
    TestStarted {
        id: String,
    },
    /// A test ended, with its verdict; exchange ids in it are not yet the report's.
    TestFinished(Box<TestOutcome>),
    /// The run is over.
    Finished {
        run: Box<RunInfo>,
        summary: Summary,
    },
}
