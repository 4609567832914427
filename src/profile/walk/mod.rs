//! The way through a resource along compiled definitions; knows no single rule.

mod element;
mod nested;
mod resource;
mod structural;

pub use element::{against, items, walk};
pub use nested::{conforms, content_against, resource_against};
pub use resource::{Around, resource};
pub use structural::check as structure;
