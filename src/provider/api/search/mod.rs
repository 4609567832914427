//! Search (FHIR R4 search): parse → match → page → bundle.

mod answer;
mod bundle;
mod page;
mod parse;
mod subset;

pub(in crate::provider) use answer::answer;
