//! Whether a code is in a value set, or why that cannot be said.

/// Whether a code is in a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    Member,
    NotMember,
    /// It could not be decided; why, in words.
    Unknown(String),
}

impl Membership {
    pub(super) fn of(is_member: bool) -> Self {
        if is_member {
            Self::Member
        } else {
            Self::NotMember
        }
    }
}

/// Why nothing can be said of a system whose codes are nowhere.
pub(super) fn no_content(system: &str) -> String {
    format!("the codes of {system} are not at hand")
}
