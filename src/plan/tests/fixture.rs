use crate::suite::Suite;

/// Path → text.
const SUITE: &[(&str, &str)] = &[
    (
        "tables/types.yaml",
        "- { type: Condition, requirement: CND, conformance: SHOULD, none: \"\" }\n\
         - { type: Patient, requirement: PAT, conformance: SHALL, none: \"\" }\n",
    ),
    (
        "tables/parameters.yaml",
        "- { type: Condition, name: patient, conformance: SHALL }\n\
         - { type: Condition, name: code, conformance: SHOULD }\n\
         - { type: Patient, name: _id, conformance: SHALL }\n",
    ),
    (
        "a.yaml",
        r#"
- id: profile
  title: Every {row.type} is valid
  actor: resource-access-provider
  group: profile
  type: "{row.type}"
  verifies: ["{row.requirement}-VALID", "{row.none}"]
  foreach: { row: { table: types } }
  needs: [read]
  steps:
    - expect: [ { profile: [] } ]
- id: read
  title: Read returns what search returned
  actor: resource-access-provider
  group: read
  type: "{row.type}"
  verifies: [READ-1]
  foreach: { row: { table: types } }
  requires:
    - { type: "{row.type}", conformance: "{row.conformance}" }
    - { interaction: "{row.type}.read", conformance: SHALL }
  needs: [capabilities]
  given:
    seed: { seed: { pool: "{row.type}", having: [code, "{row.none}"] } }
  steps:
    - request: { read: { type: "{row.type}", id: "{seed.id}" } }
      expect:
        - status: 200
        - same-as: seed
- id: search
  title: Search by {row.name} with {prefix}
  actor: resource-access-provider
  group: search
  type: "{row.type}"
  verifies: [SEARCH-1]
  foreach: { row: { table: parameters }, prefix: [ge, "<= x/y"] }
  requires:
    - { type: "{row.type}" }
    - { search-parameter: "{row.type}.{row.name}", conformance: "{row.conformance}" }
  given:
    one: { patient: 0 }
    two: { patient: 1 }
  steps:
    - request:
        search:
          type: "{row.type}"
          query:
            patient: "{one}"
            "{row.name}": ["{prefix}", { from: { seed: s, form: date, prefix: ge } }]
          pages: all
      expect:
        - should: { verifies: [HIDDEN-7], expect: [ { at-least: 1 }, { bundle: searchset } ] }
- id: capabilities
  title: There is a CapabilityStatement
  actor: resource-access-provider
  group: capabilities
  verifies: [CAP-1]
  steps:
    - request: { get: { path: metadata } }
      expect: [ { resource: CapabilityStatement } ]
- id: write
  title: A write is undone
  actor: resource-access-provider
  group: write
  verifies: [W-1]
  writes: true
  steps:
    - request: { get: { path: x } }
      expect: [ { status: 200 } ]
- id: client
  title: Another actor
  actor: resource-consumer
  group: read
  verifies: [C-1]
  steps:
    - request: { get: { path: x } }
      expect: [ { status: 200 } ]
"#,
    ),
];

/// A small suite with cases of every stage.
pub(super) fn suite() -> Suite {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in SUITE {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // The seed `s` stands for one that a row has: it keeps the case short.
        let text = text.replace(
            "    two: { patient: 1 }",
            "    two: { patient: 1 }\n    s: { seed: { pool: Condition } }",
        );
        std::fs::write(path, text).unwrap();
    }
    let suite = Suite::load_dir(folder.path());
    assert_eq!(suite.cases.len(), 6, "{:#?}", suite.diagnostics);
    suite
}
