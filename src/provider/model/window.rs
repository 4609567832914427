//! A page of a search as a value.

/// The part of the matches on one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) struct Window {
    /// Position of the first match on the page.
    pub(in crate::provider) start: usize,
    /// Matches on the page.
    pub(in crate::provider) count: usize,
    /// Position of the next page's first match; absent on the last page.
    pub(in crate::provider) next: Option<usize>,
    /// Matches in all.
    pub(in crate::provider) total: usize,
}
