use super::super::*;

const CASE: &str = r#"
- id: search-by-patient
  title: "A search by patient returns {row.type}"
  actor: resource-access-provider
  group: search
  type: "{row.type}"
  verifies: ["{row.requirement}-001"]
  foreach:
    row: { table: types, where: { group: clinical, search: [yes, "2"] } }
    prefix: [ge, le]
    other: { in: [a] }
  requires:
    - type: "{row.type}"
    - { search-parameter: "{row.type}.patient", conformance: "{row.conformance}" }
  given:
    patient: { patient: 0 }
    s: { seed: { pool: "{row.type}", having: code } }
    o: { other-patient: "{s.patient}" }
    f: { referenced: Practitioner }
  steps:
    - each: { as: r, pool: "{row.type}", having: [a, b], most: 2 }
      request:
        search:
          type: "{row.type}"
          query:
            patient: "{patient}"
            _count: 5
            code: { from: { seed: s, form: token } }
            date: [ge2024, "{prefix}2025", { from: { seed: s, form: date } }]
          pages: all
      expect:
        - status: 200
        - status: [400, 4xx]
        - bundle: searchset
        - should: { verifies: [X-1], expect: [ { at-least: 1 } ] }
      capture: { id: "Bundle.id" }
    - await: { anything: [1, { x: y }] }
      reply: later
      expect: [ { resource: Bundle } ]
"#;

fn parse() -> Case {
    let cases: Vec<Case> = serde_saphyr::from_str(CASE).unwrap_or_else(|e| panic!("{e}"));
    cases.into_iter().next().unwrap()
}

#[test]
fn the_whole_grammar_reads_and_keeps_its_place() {
    let case = parse();
    assert_eq!(case.title.text(), "A search by patient returns {row.type}");
    assert_eq!(case.title.location().line(), 3);
    let (name, source) = &case.foreach[0];
    assert_eq!((name.value.as_str(), name.referenced.line()), ("row", 9));
    assert!(matches!(source, Source::Table { filter, .. } if filter[1].1 == ["yes", "2"]));
    assert!(matches!(&case.foreach[1].1, Source::In(values) if values[1].value == "le"));
    assert_eq!(
        case.requires[1].conformance.as_ref().unwrap().text(),
        "{row.conformance}"
    );
    let Some(Action::Search(search)) = &case.steps[0].request else {
        panic!("no search")
    };
    let names: Vec<_> = search.query.iter().map(|(name, _)| name.text()).collect();
    assert_eq!(names, ["patient", "_count", "code", "date"]);
    assert!(
        matches!(&search.query[1].1[..], [QueryValue::Text(t)] if t.text() == "5" && t.location().line() == 27)
    );
    assert!(
        matches!(&search.query[3].1[..], [_, QueryValue::Text(t), QueryValue::From(f)]
        if t.location().line() == 29 && f.form == ValueForm::Date)
    );
    let Expectation::Status(rule) = &case.steps[0].expect[1] else {
        panic!("no status")
    };
    assert_eq!(rule.0[0].value, "400");
    assert_eq!(case.steps[0].each.as_ref().unwrap().having.len(), 2);
    assert!(case.steps[1].awaited.is_some() && case.steps[1].reply.is_some());
}
