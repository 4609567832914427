//! Whether a resource belongs to a search result: yes, no, or left to the server.

/// What R4 says about one resource and one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The resource must be in the result.
    Must,
    /// The resource must not be in the result.
    MustNot,
    /// Servers may differ; the text is one of [`rule`].
    May(&'static str),
}

impl Match {
    /// All criteria must hold: one that fails decides.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::MustNot, _) | (_, Self::MustNot) => Self::MustNot,
            (Self::May(rule), _) | (_, Self::May(rule)) => Self::May(rule),
            _ => Self::Must,
        }
    }

    /// One alternative is enough: one that holds decides.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Must, _) | (_, Self::Must) => Self::Must,
            (Self::May(rule), _) | (_, Self::May(rule)) => Self::May(rule),
            _ => Self::MustNot,
        }
    }

    /// The reverse; what is left to the server stays so.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Must => Self::MustNot,
            Self::MustNot => Self::Must,
            Self::May(rule) => Self::May(rule),
        }
    }

    /// The result over alternatives; none of them holds where there are none.
    pub fn any(matches: impl IntoIterator<Item = Self>) -> Self {
        let mut found = Self::MustNot;
        for next in matches {
            found = found.or(next);
            if found == Self::Must {
                break;
            }
        }
        found
    }

    /// [`Match::Must`] or [`Match::MustNot`].
    #[must_use]
    pub fn certain(holds: bool) -> Self {
        if holds { Self::Must } else { Self::MustNot }
    }

    /// [`Match::Must`] where `exact` holds; else may, by this rule, where only `loose` does.
    #[must_use]
    pub fn graded(exact: bool, loose: bool, rule: &'static str) -> Self {
        match (exact, loose) {
            (true, _) => Self::Must,
            (false, true) => Self::May(rule),
            (false, false) => Self::MustNot,
        }
    }
}

/// Where R4 lets servers differ. Each is a stable name; sections are of FHIR R4 search.
pub mod rule {
    /// Token: tokens should be compared without case, but a server may compare with case.
    pub const TOKEN_CASE: &str = "token-case";
    /// Token: the system of an element of type `code` is implied by its definition, and servers need not know it.
    pub const IMPLIED_SYSTEM: &str = "implied-system";
    /// Token: `|code` is defined for a Coding and an Identifier, and the element is neither.
    pub const NEITHER_CODING: &str = "neither-coding-nor-identifier";
    /// Token: `:not` with several values is not defined where a resource has some of them.
    pub const NOT_WITH_SEVERAL: &str = "not-with-several-values";
    /// Token: a ContactPoint's system may be left out of the comparison.
    pub const CONTACT_POINT: &str = "contact-point";
    /// Date: one side has a time zone and the other has none.
    pub const TIME_ZONE: &str = "time-zone-not-given";
    /// Date: fractions of a second may be ignored.
    pub const FRACTION: &str = "fraction-of-second";
    /// Date: how near is approximately (`ap`) is the server's choice.
    pub const APPROXIMATE: &str = "approximation";
    /// Date: `ge` or `le`, and a range that begins before the value and ends in it, or the reverse: by
    /// the letter neither beyond the value nor within it, yet most servers compare one end only.
    pub const ACROSS_BOUND: &str = "range-across-bound";
    /// String: a server may look into words after the first of a value.
    pub const WORD_START: &str = "word-within-value";
    /// String: which letters count as the same when accents are ignored is not listed (ß, ø, ł, ...).
    pub const LETTER_FOLDING: &str = "letter-folding";
    /// String: which parts of a HumanName or Address beside the main ones are searched is the server's choice.
    pub const NAME_PART: &str = "part-of-name";
    /// Reference: a reference to one version, and a search for the resource.
    pub const VERSIONED_REFERENCE: &str = "versioned-reference";
    /// Chain: the resource that is referred to is not known here.
    pub const UNRESOLVED: &str = "unresolved-reference";
    /// The element's value cannot be read, so that no rule applies.
    pub const UNREADABLE: &str = "unreadable-element";
    /// URI: the value differs in a version or a trailing slash only.
    pub const URI_VERSION: &str = "uri-version";
}

#[cfg(test)]
mod tests {
    use super::Match::{May, Must, MustNot};
    use super::*;

    #[test]
    fn three_values_combine_like_logic() {
        assert_eq!(Must.and(May("a")), May("a"));
        assert_eq!(May("a").and(MustNot), MustNot);
        assert_eq!(Must.and(Must), Must);
        assert_eq!(MustNot.or(May("a")), May("a"));
        assert_eq!(May("a").or(Must), Must);
        assert_eq!(Match::any([]), MustNot);
        assert_eq!(May("a").negate(), May("a"));
        assert_eq!(Must.negate(), MustNot);
    }
}
