//! Documents that publishers hand in (IHE MHD 4.2.3, ITI-105 Simplified Publish): judged, taken apart
//! into reference and content, and kept as long as the instance runs.

mod answer;
mod parts;
mod rules;
mod submission;

pub(in crate::provider) use answer::{take, validate, withdraw};
