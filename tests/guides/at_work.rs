//! Profiles of the guides at work: a right example passes, and each way to spoil it is told.

use fhir_assay::definition::Definitions;
use fhir_assay::fhir::{Issue, Severity};
use fhir_assay::profile::Validator;
use serde_json::{Value, json};

/// A member of the example, by JSON pointer; what it becomes (null: it is taken away); the rule that
/// is broken then.
type Spoiled = (&'static str, Value, &'static str);

fn issues(profile: &str, resource: &Value) -> Vec<Issue> {
    Validator::new(Definitions::embedded())
        .validate(resource, &[profile.to_owned()])
        .issues
}

/// Errors of a resource against a profile, each as one line.
fn errors(profile: &str, resource: &Value) -> Vec<String> {
    issues(profile, resource)
        .iter()
        .filter(|issue| issue.severity >= Severity::Error)
        .map(|issue| {
            format!(
                "[{}] {} {}",
                issue.rule, issue.location.expression, issue.message
            )
        })
        .collect()
}

fn check(profile: &str, example: &Value, ways: &[Spoiled]) {
    assert_eq!(errors(profile, example), Vec::<String>::new(), "{profile}");
    for (pointer, value, rule) in ways {
        let errors = errors(profile, &spoil(example, pointer, value));
        let told = format!("[{rule}]");
        assert!(
            errors.iter().any(|error| error.starts_with(&told)),
            "{profile}: {pointer} = {value} should break {rule}: {errors:#?}"
        );
    }
}

fn spoil(example: &Value, pointer: &str, value: &Value) -> Value {
    let mut spoiled = example.clone();
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    match spoiled.pointer_mut(parent).expect("the parent") {
        Value::Object(members) if value.is_null() => {
            members.remove(member).expect("the member");
        }
        Value::Object(members) => {
            members.insert(member.to_owned(), value.clone());
        }
        Value::Array(items) if value.is_null() => {
            items.remove(member.parse().expect("an index"));
        }
        other => other[member.parse::<usize>().expect("an index")] = value.clone(),
    }
    spoiled
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{ "system": "urn:oid:1.2.3", "value": "4711" }],
        "active": true,
        "name": [{ "family": "Byron", "given": ["Ada"] }],
        "birthDate": "1980-12-10"
    })
}

#[test]
fn pdqm_match_answer() {
    let example = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{
            "fullUrl": "https://example.org/fhir/Patient/p1",
            "resource": patient(),
            "search": {
                "extension": [{
                    "url": "http://hl7.org/fhir/StructureDefinition/match-grade",
                    "valueCode": "certain"
                }],
                "mode": "match",
                "score": 1.0
            }
        }]
    });
    let basic = json!({ "resourceType": "Basic", "id": "p1", "code": { "text": "other" } });
    check(
        "https://profiles.ihe.net/ITI/PDQm/StructureDefinition/IHE.PDQm.MatchParametersOut",
        &example,
        &[
            ("/type", json!("collection"), "pattern"),
            ("/entry/0/search/mode", json!("include"), "pattern"),
            ("/entry/0/search/score", Value::Null, "cardinality-min"),
            ("/entry/0/search/extension", Value::Null, "slice-min"),
            ("/entry/0/resource", basic, "slicing-closed"),
            (
                "/entry/0/resource/identifier",
                Value::Null,
                "cardinality-min",
            ),
        ],
    );
}

#[test]
fn pdqm_match_question() {
    let example = json!({
        "resourceType": "Parameters",
        "parameter": [
            { "name": "resource", "resource": { "resourceType": "Patient", "name": [{ "family": "Byron" }] } },
            { "name": "onlyCertainMatches", "valueBoolean": true },
            { "name": "count", "valueInteger": 3 }
        ]
    });
    let text = json!({ "name": "onlyCertainMatches", "valueString": "true" });
    let other = json!({ "name": "other", "valueInteger": 3 });
    check(
        "https://profiles.ihe.net/ITI/PDQm/StructureDefinition/IHE.PDQm.MatchParametersIn",
        &example,
        &[
            ("/parameter/0", Value::Null, "slice-min"),
            ("/parameter/1", text, "type"),
            ("/parameter/2", other, "slicing-closed"),
        ],
    );
}

#[test]
fn eehrxf_document_reference() {
    let example = json!({
        "resourceType": "DocumentReference",
        "masterIdentifier": {
            "type": { "coding": [{
                "system": "https://profiles.ihe.net/ITI/MHD/CodeSystem/IHE.MHD.MHDIdentifierType",
                "code": "uniqueId"
            }] },
            "system": "urn:ietf:rfc:3986",
            "value": "urn:oid:1.2.3.4"
        },
        "status": "current",
        "type": { "coding": [{ "system": "http://loinc.org", "code": "60591-5" }] },
        "subject": { "reference": "https://example.org/fhir/Patient/p1" },
        "date": "2026-01-02T03:04:05Z",
        "custodian": { "reference": "https://example.org/fhir/Organization/o1" },
        "content": [{ "attachment": {
            "contentType": "application/fhir+json",
            "url": "https://example.org/fhir/Bundle/b1"
        } }]
    });
    check(
        "http://hl7.eu/fhir/health-data-api/StructureDefinition/EehrxfMhdDocumentReference",
        &example,
        &[
            ("/masterIdentifier", Value::Null, "cardinality-min"),
            (
                "/masterIdentifier/type/coding/0/code",
                json!("other"),
                "pattern",
            ),
            ("/status", json!("entered-in-error"), "binding-required"),
            ("/docStatus", json!("final"), "cardinality-max"),
            ("/subject", Value::Null, "cardinality-min"),
            (
                "/subject/reference",
                json!("https://example.org/fhir/Group/g1"),
                "reference-target",
            ),
            ("/date", Value::Null, "cardinality-min"),
            ("/custodian", Value::Null, "cardinality-min"),
            ("/content/0/attachment/url", Value::Null, "cardinality-min"),
            (
                "/content/0/attachment/data",
                json!("AAAA"),
                "cardinality-max",
            ),
        ],
    );
}

#[test]
fn mxde_provenance() {
    let example = json!({
        "resourceType": "Provenance",
        "target": [{ "reference": "https://example.org/fhir/Condition/c1" }],
        "recorded": "2026-01-02T03:04:05Z",
        "policy": ["urn:ihe:iti:mxde:2023:document-provenance-policy"],
        "activity": { "coding": [{
            "system": "http://hl7.org/fhir/w3c-provenance-activity-type",
            "code": "Derivation"
        }] },
        "agent": [{
            "type": { "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
                "code": "assembler"
            }] },
            "who": { "reference": "https://example.org/fhir/Device/d1" }
        }],
        "entity": [{
            "role": "source",
            "what": { "reference": "https://example.org/fhir/DocumentReference/r1" }
        }]
    });
    check(
        "https://profiles.ihe.net/ITI/mXDE/StructureDefinition/IHE.ITI.mXDE.Provenance",
        &example,
        &[
            ("/policy/0", json!("urn:example:other"), "pattern"),
            ("/activity/coding/0/code", json!("Revision"), "pattern"),
            ("/agent/0/type/coding/0/code", json!("author"), "slice-min"),
            ("/entity", Value::Null, "cardinality-min"),
            ("/entity/0/role", json!("derivation"), "pattern"),
            (
                "/entity/0/what/reference",
                json!("https://example.org/fhir/Bundle/b1"),
                "reference-target",
            ),
        ],
    );
}

#[test]
fn eu_core_patient() {
    let mut example = patient();
    example["extension"] = json!([{
        "url": "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse",
        "extension": [{
            "url": "value",
            "valueCodeableConcept": { "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/sex-parameter-for-clinical-use",
                "code": "specified"
            }] }
        }]
    }]);
    let code = "/extension/0/extension/0/valueCodeableConcept/coding/0/code";
    check(
        "http://hl7.eu/fhir/base/StructureDefinition/patient-eu-core",
        &example,
        &[
            (code, json!("other"), "binding-required"),
            ("/birthDate", Value::Null, "cardinality-min"),
            ("/name", Value::Null, "cardinality-min"),
            ("/name/0", json!({ "use": "official" }), "eu-pat-1"),
        ],
    );
}

/// IPA marks a name as one text as best practice: advice, never a warning.
#[test]
fn advice_stays_advice() {
    let issues = issues(
        "http://hl7.org/fhir/uv/ipa/StructureDefinition/ipa-patient",
        &patient(),
    );
    let of_name: Vec<Severity> = issues
        .iter()
        .filter(|issue| issue.message.contains("ipa-pat-3"))
        .map(|issue| issue.severity)
        .collect();
    assert_eq!(of_name, [Severity::Information]);
}
