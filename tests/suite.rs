//! The built-in suite is whole.

use std::collections::BTreeMap;

use fhir_assay::suite::{self, Suite};

/// The columns of the report's matrix: few, and stable.
const GROUPS: [&str; 16] = [
    "discovery",
    "authorization",
    "token",
    "token-refused",
    "scope",
    "introspection",
    "transport",
    "capabilities",
    "read",
    "search",
    "bundle",
    "isolation",
    "errors",
    "content",
    "references",
    "submission",
];

#[test]
fn nothing_is_wrong_with_the_built_in_suite() {
    let suite = Suite::load_embedded();
    let shown: Vec<String> = suite.lint().iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n\n"));
}

#[test]
fn every_case_says_why_and_stands_in_a_known_column() {
    for case in &Suite::load_embedded().cases {
        let id = &case.id.value;
        assert!(case.why.as_ref().is_some_and(|why| why.len() > 20), "{id}");
        assert!(GROUPS.contains(&case.group.value.as_str()), "{id}");
    }
}

#[test]
fn every_test_cites_known_requirements_and_has_a_title_of_its_own() {
    let suite = Suite::load_embedded();
    let mut titles = BTreeMap::new();
    for case in &suite.cases {
        for row in suite::rows(case, &suite.tables) {
            let id = format!("{}/{}", case.id.value, row.label);
            let value = |name: &str| row.variables.get(name).cloned();
            for cited in &case.verifies {
                let cited = cited.render(&value).unwrap();
                assert!(suite.requirements.get(&cited).is_some(), "{id}: {cited}");
            }
            let title = case.title.render(&value).unwrap();
            if let Some(other) = titles.insert(title.clone(), id.clone()) {
                panic!("{other} and {id} have the same title: {title}");
            }
        }
    }
    assert!(titles.len() >= 160, "{} tests", titles.len());
}
