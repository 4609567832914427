//! Where an instance may go wrong.
//!
//! The provider itself knows no fault: at each [`Seam`] it hands what passes to its [`FaultSet`],
//! which lets the instance's faults change it. Which faults there are is not known here.

mod answer;
mod authorization;
mod change;
mod connection;
mod content;
mod expected_issue;
mod fault;
mod request;
mod seam;
mod search;
mod set;

pub use expected_issue::ExpectedIssue;
pub use fault::Fault;
pub use set::FaultSet;

pub(in crate::provider) use seam::Seam;
