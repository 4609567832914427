//! The JSON Schemas and the typed model say the same.

use std::collections::BTreeSet;

use jsonschema::error::ValidationErrorKind;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::table::WrittenRow;
use super::super::{CASE_SCHEMA, Case, REQUIREMENT_SCHEMA, TABLE_SCHEMA};
use crate::requirement::Requirement;

/// Cases with every key of the format.
const CASES: &str = r#"
- id: everything
  title: "{row.type}"
  why: because
  actor: resource-access-provider
  group: search
  type: "{row.type}"
  verifies: ["{row.requirement}-001"]
  foreach:
    row: { table: types, where: { group: clinical, search: [yes, "2"] } }
    prefix: [ge, 5, true]
    other: { in: [a, 1] }
  requires:
    - { type: "{row.type}", conformance: SHALL }
    - interaction: "{row.type}.read"
    - search-parameter: "{row.type}.patient"
    - operation: Patient.match
    - include: Condition.Provenance:target
    - instantiates: http://c
    - declares: format.exists()
    - authorization: client
    - discovered: jwks_uri
  needs: [other]
  writes: true
  given:
    patient: { patient: 0 }
    s: { seed: { pool: "{row.type}", having: code } }
    o: { other-patient: "{s.patient}" }
    f: { referenced: Practitioner }
    u: { unknown-id: Patient }
    n: { scope: { type: Patient, rights: rs } }
    c: { client-id: 1 }
    q: { unique: nonce }
  steps:
    - as: first
      each: { as: r, pool: "{row.type}", having: [a, b], most: 2 }
      request:
        search:
          type: "{row.type}"
          query:
            patient: "{patient}"
            _count: 5
            code: { from: { seed: s, form: token, prefix: ge } }
            date: [ge2024, 5, true, { from: { seed: s, form: date } }]
          method: get
          pages: all
          max-body: 1000
          headers: { Accept: x }
          fresh: true
          as: anonymous
      expect:
        - status: 200
        - status: [400, 4xx]
        - header: { name: ETag, is: x, matches: "y" }
        - resource: Bundle
        - operation-outcome: required
        - bundle: searchset
        - at-least: 1
        - at-most: 2
        - sorted: _lastUpdated
        - of-patient: Patient/1
        - contains: s
        - lacks: s
        - same-matches: first
        - matches: oracle
        - same-as: s
        - fhirpath: "true"
        - profile: ["http://p"]
        - attachment: { size: "5", hash: "{n}" }
        - records: { pool: Condition, having: [code, "{n}"], fhirpath: code.exists() }
        - references: Condition
        - versions: consistent
        - includes: Medication
        - token: granted
        - oauth-error: [invalid_client, "{row.error}"]
        - discloses: nothing
        - should: { verifies: [X-1], expect: [ { at-least: 1 } ] }
        - shall: { expect: [ { at-least: 1 } ] }
      capture: { id: "Bundle.id" }
      keep: bytes
    - request: { read: { type: Patient, id: x, headers: {}, fresh: false, method: get, as: "scope {n}" } }
      expect: [ { status: 4xx } ]
    - request: { get: { method: head, path: metadata, headers: {}, fresh: false, as: garbage } }
      expect: [ { status: 4xx } ]
    - request:
        token:
          client: 1
          scope: "{n}"
          change:
            - { part: claims, member: "iss sub", content: x, seconds: "5" }
          signature: hmac
          sent: json
      expect: [ { token: granted } ]
    - request: { send: { method: post, path: "X/$match", body: { a: [1, true, "{n}"], b: { c: d } }, headers: { Accept: x }, as: run } }
      expect: [ { status: 4xx } ]
    - request: { send: { method: put, path: X, text: "{n}" } }
      expect: [ { status: 4xx } ]
    - request:
        publish:
          like: s
          identifier: "{n}"
          data: "{bytes}"
          change: [ { at: /a, to: { b: "{n}" } }, { at: /c, json: "{n}" } ]
          path: X
          headers: { Accept: x }
          as: also X.c
      expect: [ { status: 200 } ]
    - request: { introspect: { token: run, authenticated: bearer, sent: query } }
      expect: [ { status: 200 } ]
    - request: { discovered: { member: jwks_uri } }
      expect: [ { status: 200 } ]
    - request: { handshake: { offer: tls-1.0 } }
      expect: [ { status: 200 } ]
    - await: { anything: [1, { x: y }] }
      reply: later
      expect: [ { resource: Bundle } ]
    - answers: { as: asked, to: search, by: patient, status: [200, 4xx] }
      expect: [ { status: 200 } ]
    - answers: { as: asked, to: read }
      expect: [ { status: 200 } ]
"#;

const TABLE: &str = "[ { a: x, b: 1, c: true }, { a: y, b: 2, c: false } ]";

const REQUIREMENTS: &str = "- { id: CND-1, actor: resource-access-provider, transaction: read, conformance: SHALL, condition: C, statement: A, source: B, basis: base-fhir }";

/// A document changed in one place, in many ways. Empty values (null) are left out: serde takes
/// them for an absent key, and the schema alone forbids them.
fn changes(document: &Value) -> Vec<(String, Value)> {
    let mut pointers = Vec::new();
    collect(document, String::new(), &mut pointers);
    let mut changed = Vec::new();
    for pointer in &pointers {
        for replacement in [json!("zzz"), json!({ "zzz": ["x"] })] {
            let mut copy = document.clone();
            *copy.pointer_mut(pointer).unwrap() = replacement;
            changed.push((format!("{pointer} replaced"), copy));
        }
        let keys: Vec<String> = match document.pointer(pointer) {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            _ => continue,
        };
        for key in keys {
            let mut copy = document.clone();
            let map = copy.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            let value = map.remove(&key).unwrap();
            changed.push((format!("{pointer}/{key} removed"), copy.clone()));
            let map = copy.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            map.insert("zzz".to_owned(), value);
            changed.push((format!("{pointer}/{key} renamed"), copy));
        }
        let mut copy = document.clone();
        let map = copy.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        map.insert("zzz".to_owned(), json!("text"));
        changed.push((format!("{pointer}/zzz added"), copy));
    }
    changed
}

fn collect(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{at}/{index}"), pointers);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                collect(value, format!("{at}/{key}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(at);
}

/// A place in a schema, and the words it allows.
type Words = (String, BTreeSet<String>);

/// The words a schema error allows, where it is about a key or an enumeration, with their place in
/// the schema.
fn schema_words(schema: &Value, document: &Value) -> Option<Vec<Words>> {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(document).collect();
    if errors.is_empty() {
        return None;
    }
    let mut words = Vec::new();
    for error in errors {
        let parent = error.schema_path().as_str().rsplit_once('/').unwrap().0;
        let rule = schema.pointer(parent).unwrap();
        let allowed: Option<BTreeSet<String>> = match error.kind() {
            ValidationErrorKind::AdditionalProperties { .. } => rule["properties"]
                .as_object()
                .map(|properties| properties.keys().cloned().collect()),
            ValidationErrorKind::Enum { options } => options.as_array().map(|options| {
                let texts = options.iter().filter_map(Value::as_str);
                texts.map(str::to_owned).collect()
            }),
            _ => None,
        };
        words.extend(allowed.map(|allowed| (parent.to_owned(), allowed)));
    }
    Some(words)
}

enum Model {
    Accepts,
    /// With the words that would have been right, where it is about a word.
    Rejects(Option<BTreeSet<String>>),
}

fn model<T: DeserializeOwned>(document: &Value) -> Model {
    let text = document.to_string();
    match serde_saphyr::from_str::<Vec<T>>(&text) {
        Ok(_) => Model::Accepts,
        Err(error) => Model::Rejects(match error.without_snippet() {
            serde_saphyr::Error::SerdeUnknownVariant { expected, .. }
            | serde_saphyr::Error::SerdeUnknownField { expected, .. } => {
                Some(expected.iter().map(|&word| word.to_owned()).collect())
            }
            _ => None,
        }),
    }
}

/// Changes a good document in every way, and holds both against each other. Returns the places of
/// the schema at which words were compared.
fn hold<T: DeserializeOwned>(schema: &str, yaml: &str) -> BTreeSet<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let document: Value = serde_saphyr::from_str(yaml).unwrap();
    assert!(matches!(model::<T>(&document), Model::Accepts));
    assert_eq!(schema_words(&schema, &document), None);
    let mut compared = BTreeSet::new();
    let mut failures = Vec::new();
    for (change, changed) in changes(&document) {
        match (schema_words(&schema, &changed), model::<T>(&changed)) {
            (None, Model::Accepts) => {}
            (None, Model::Rejects(_)) => failures.push(format!("only the schema accepts {change}")),
            (Some(_), Model::Accepts) => failures.push(format!("only the model accepts {change}")),
            (Some(words), Model::Rejects(Some(expected))) => {
                let same = words.iter().find(|(_, allowed)| *allowed == expected);
                if let Some((place, _)) = same {
                    compared.insert(place.clone());
                } else if !words.is_empty() {
                    failures.push(format!(
                        "{change}: the schema allows {words:?}, the model {expected:?}"
                    ));
                }
            }
            (Some(_), Model::Rejects(None)) => {}
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    compared
}

/// The places of a schema that close a list of keys or of words.
fn closed(value: &Value, at: String, places: &mut BTreeSet<String>) {
    let Some(map) = value.as_object() else { return };
    if map.contains_key("enum")
        || (map.contains_key("properties")
            && map.get("additionalProperties") == Some(&json!(false)))
    {
        places.insert(at.clone());
    }
    for (key, value) in map {
        closed(value, format!("{at}/{key}"), places);
    }
}

fn hold_all<T: DeserializeOwned>(schema: &str, yaml: &str) {
    let compared = hold::<T>(schema, yaml);
    let mut places = BTreeSet::new();
    closed(
        &serde_json::from_str(schema).unwrap(),
        String::new(),
        &mut places,
    );
    let missed: Vec<_> = places.difference(&compared).collect();
    assert!(missed.is_empty(), "never compared: {missed:#?}");
}

#[test]
fn cases() {
    hold_all::<Case>(CASE_SCHEMA, CASES);
}

#[test]
fn tables() {
    hold_all::<WrittenRow>(TABLE_SCHEMA, TABLE);
}

#[test]
fn requirements() {
    hold_all::<Requirement>(REQUIREMENT_SCHEMA, REQUIREMENTS);
}

#[test]
fn the_schemas_are_schemas() {
    for text in [CASE_SCHEMA, TABLE_SCHEMA, REQUIREMENT_SCHEMA] {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert!(jsonschema::meta::is_valid(&schema));
        jsonschema::validator_for(&schema).unwrap();
    }
}
