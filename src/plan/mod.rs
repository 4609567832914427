//! Suite + declared capabilities + configuration → what will run, and what will not and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::outcome::Skip;
use crate::suite::Case;

/// All tests of a run, in the order in which cases stand in the suite.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub tests: Vec<PlannedTest>,
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
    /// Present where it is known before the run that the test will not run.
    pub skip: Option<Skip>,
}
