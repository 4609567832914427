//! What a terminology server is asked.

/// Different questions of one process.
pub(super) const MAX_QUESTIONS: usize = 20_000;
/// Bytes of value set, system and code together.
pub(super) const MAX_QUESTION: usize = 2_000;

/// Whether a code is in a value set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) value_set: String,
    pub(super) system: String,
    pub(super) code: String,
}
