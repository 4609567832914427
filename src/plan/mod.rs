//! Suite + declared capabilities + configuration → what will run, and what will not and why.
//!
//! Every skip that can be known before a run is decided here. What only the run can tell (a seed
//! that the pool lacks, a needed test that failed) is the runner's.

mod access;
mod capabilities;
mod connection;
mod declares;
mod describe;
mod expand;
mod needed;
mod order;
mod prerequisite;
mod skip;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::{DeclaredCapabilities, RunConfig};
use crate::outcome::Skip;
use crate::suite::{Actor, Case, Suite};

pub use access::{Access, Means, is_open};
pub use capabilities::declared_capabilities;
pub use connection::Connection;
pub use order::is_tested_with;
pub use prerequisite::{Prerequisite, PrerequisiteGain};

/// All tests of a run, in an order in which each comes after the tests it needs: by [`Stage`], then
/// by need, then as the cases stand in the suite. The tests of a case stand together.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub tests: Vec<PlannedTest>,
    /// How many tests the filters left out.
    pub filtered_out: usize,
}

/// One case with one row of its table.
#[derive(Debug, Clone)]
pub struct PlannedTest {
    /// `case/row`, stable between runs.
    pub id: String,
    pub title: String,
    pub resource_type: Option<String>,
    /// Requirement ids with braces filled in.
    pub verifies: Vec<String>,
    pub case: Arc<Case>,
    /// The row: `row.type` → `Condition`, `prefix` → `ge`.
    pub variables: BTreeMap<String, String>,
    /// When the test may run, with regard to the evidence pool.
    pub stage: Stage,
    /// Positions in the plan, all before this one, of the tests that must not have failed.
    pub needs: Vec<usize>,
    /// Present where it is known before the run that the test will not run.
    pub skip: Option<Skip>,
}

/// What a test has to do with the evidence pool. All tests of a stage end before the next begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Needs nothing of the pool; what it gets fills it.
    #[default]
    Gather,
    /// Needs single resources of the pool.
    Seeded,
    /// Judges the pool as a whole.
    Judge,
    /// Writes to the target: alone and last.
    Write,
}

/// What decides, before a run, which tests of a suite run.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'s> {
    /// Cases of other actors are not planned.
    pub actor: Actor,
    /// Texts of which a test's id, title or requirement ids must contain one, whatever the case of
    /// letters; empty: all tests.
    pub filters: &'s [String],
    /// Ids of the only tests to run; absent: all that the filters select.
    pub only: Option<&'s BTreeSet<String>>,
    pub allow_writes: bool,
    /// How many patients there are to test with; absent where not yet known.
    pub patients: Option<usize>,
    /// What the target declares; absent where not yet known: then nothing is skipped for it.
    pub capabilities: Option<&'s DeclaredCapabilities>,
    /// How the run tells who it is.
    pub means: Means,
    /// How the target is reached.
    pub connection: Connection,
    /// What was found out about authorization; absent where nothing is known yet.
    pub access: Option<&'s Access>,
}

impl<'s> Selection<'s> {
    /// What the configuration alone tells, for a plan without any request.
    #[must_use]
    pub fn of(config: &'s RunConfig) -> Self {
        Self {
            actor: config.actor,
            filters: &config.filters,
            only: config.only.as_ref(),
            allow_writes: config.allow_writes || config.target.is_none(),
            patients: None,
            capabilities: config.capabilities.as_ref(),
            means: Means::of(config),
            connection: Connection::of(config),
            access: None,
        }
    }
}

impl Plan {
    /// Plans a run.
    #[must_use]
    pub fn new(suite: &Suite, selection: &Selection<'_>) -> Self {
        let cases = order::ordered(suite, selection.actor);
        let mut tests = Vec::new();
        let mut filtered_out = 0;
        for (case, stage) in cases {
            for mut test in expand::tests(case, &suite.tables, stage) {
                let filtered = skip::left_out(&test, selection.only)
                    .or_else(|| skip::filtered(&test, selection.filters));
                filtered_out += usize::from(filtered.is_some());
                test.skip = filtered.or_else(|| skip::before_run(&test, selection));
                test.needs = order::needs(&test, &tests);
                tests.push(test);
            }
        }
        Self {
            tests,
            filtered_out,
        }
    }

    /// The test with this id.
    #[must_use]
    pub fn test(&self, id: &str) -> Option<&PlannedTest> {
        self.tests.iter().find(|test| test.id == id)
    }

    /// The tests that are not skipped beforehand.
    pub fn selected(&self) -> impl Iterator<Item = &PlannedTest> {
        self.tests.iter().filter(|test| test.skip.is_none())
    }

    /// True where the filters left tests out.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.filtered_out > 0
    }

    /// True where the filters left every test out: wrong use.
    #[must_use]
    pub fn selects_nothing(&self) -> bool {
        self.filtered_out > 0 && self.filtered_out == self.tests.len()
    }
}

impl PlannedTest {
    /// The value of a row's variable.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

#[cfg(test)]
mod tests;
