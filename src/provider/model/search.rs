//! A search as a value.

use super::sort::Sort;
use crate::search::Query;

/// A search that was understood.
#[derive(Debug, Clone)]
pub(in crate::provider) struct Search {
    pub(in crate::provider) resource_type: String,
    /// The parameters that are used, as they came, without those for paging.
    pub(in crate::provider) used: Vec<(String, String)>,
    /// Members whose references are included.
    pub(in crate::provider) includes: Vec<&'static str>,
    /// True where the Provenance of the matches is included.
    pub(in crate::provider) with_provenance: bool,
    /// Entries on a page, where the client said.
    pub(in crate::provider) count: Option<usize>,
    /// The order of the matches; absent: by id.
    pub(in crate::provider) sort: Option<Sort>,
    /// True for `_summary=count`.
    pub(in crate::provider) only_count: bool,
    /// The members that `_elements` asks for; empty: all.
    pub(in crate::provider) elements: Vec<String>,
    /// Parameters that are not known here.
    pub(in crate::provider) ignored: Vec<String>,
    /// Value of `_format`.
    pub(in crate::provider) format: Option<String>,
    /// Matches before the page.
    pub(in crate::provider) offset: usize,
    /// True for `POST [type]/_search`.
    pub(in crate::provider) posted: bool,
    /// What a match has to be.
    pub(in crate::provider) query: Query,
}
