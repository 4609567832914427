//! A case → its tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PlannedTest, Stage};
use crate::suite::{self, Case, Row, Table, Template};

/// The tests of a case, in the order of its rows, without skips and needs.
pub(super) fn tests(
    case: &Arc<Case>,
    tables: &BTreeMap<String, Table>,
    stage: Stage,
) -> Vec<PlannedTest> {
    let rows = suite::rows(case, tables);
    rows.into_iter().map(|row| test(case, row, stage)).collect()
}

fn test(case: &Arc<Case>, row: Row, stage: Stage) -> PlannedTest {
    let value = |name: &str| row.variables.get(name).cloned();
    let render = |template: &Template| template.render_known(&value);
    let id = &case.id.value;
    let filled = case.verifies.iter().map(render);
    let mut title = render(&case.title);
    let says_row = case
        .title
        .names()
        .iter()
        .any(|name| row.variables.contains_key(*name));
    if !row.label.is_empty() && !says_row {
        title = format!("{title} ({})", row.label);
    }
    PlannedTest {
        id: if row.label.is_empty() {
            id.clone()
        } else {
            format!("{id}/{}", row.label)
        },
        title,
        resource_type: case
            .resource_type
            .as_ref()
            .map(render)
            .filter(|resource_type| !resource_type.is_empty()),
        verifies: filled.filter(|id| !id.is_empty()).collect(),
        case: Arc::clone(case),
        variables: row.variables.clone(),
        stage,
        needs: Vec::new(),
        skip: None,
    }
}
