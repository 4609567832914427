//! The built-in suite is whole.

use fhir_assay::suite::Suite;

#[test]
fn nothing_is_wrong_with_the_built_in_suite() {
    let suite = Suite::load_embedded();
    let shown: Vec<String> = suite.lint().iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n\n"));
}
