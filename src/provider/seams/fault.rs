//! A fault: a name, the mistake in one sentence, and a small function at the seam where the behaviour
//! it breaks passes.

use std::fmt;

use super::expected_issue::ExpectedIssue;
use super::seam::Seam;
use crate::provider::model::Defect;

/// One mistake that an instance can make.
pub struct Fault {
    pub(in crate::provider) name: &'static str,
    pub(in crate::provider) description: &'static str,
    /// Ids of the cases that are there for this mistake: each must notice it.
    pub(in crate::provider) caught_by: &'static [&'static str],
    /// What else the mistake may break: ids of cases, or `group:NAME` for all of a group.
    pub(in crate::provider) also: &'static [&'static str],
    pub(in crate::provider) seam: Seam,
}

impl Fault {
    /// A fault that looks away from what is wrong about authorization.
    pub(in crate::provider) const fn overlooks(
        name: &'static str,
        description: &'static str,
        caught_by: &'static [&'static str],
        act: fn(Defect) -> bool,
    ) -> Self {
        Self {
            name,
            description,
            caught_by,
            also: &[],
            seam: Seam::Overlook(act),
        }
    }

    /// The same fault, with what else it may break.
    pub(in crate::provider) const fn may_also_break(
        mut self,
        also: &'static [&'static str],
    ) -> Self {
        self.also = also;
        self
    }

    /// Kebab-case, unique, stable.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The mistake, in one sentence.
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.description
    }

    /// Ids of the cases that are there for this mistake; each of them must notice it.
    #[must_use]
    pub fn caught_by(&self) -> &'static [&'static str] {
        self.caught_by
    }

    /// True where the mistake may also break this case of this group.
    #[must_use]
    pub fn may_break(&self, case: &str, group: &str) -> bool {
        self.also
            .iter()
            .any(|other| *other == case || other.strip_prefix("group:") == Some(group))
    }

    /// The issue that the report must have, where the mistake is in the content.
    #[must_use]
    pub fn expected_issue(&self) -> Option<&ExpectedIssue> {
        match &self.seam {
            Seam::Spoil(expected, _) => Some(expected),
            _ => None,
        }
    }

    /// What else the mistake may break: ids of cases, or `group:NAME`.
    #[must_use]
    pub fn also(&self) -> &'static [&'static str] {
        self.also
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
