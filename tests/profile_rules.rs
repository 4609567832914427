//! Every kind of rule on the embedded definitions: a valid resource passes, and the same resource
//! broken in one place is caught at that place.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use fhir_assay::definition::Definitions;
use fhir_assay::fhir::Severity;
use fhir_assay::package::Package;
use fhir_assay::profile::{Validation, Validator};
use serde_json::{Value, json};

/// A profile of Observation with every kind of slicing, as a differential.
fn sliced_profile() -> Value {
    json!({
        "resourceType": "StructureDefinition",
        "url": "http://example.org/StructureDefinition/sliced",
        "name": "Sliced", "status": "draft", "kind": "resource", "abstract": false,
        "type": "Observation",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Observation",
        "derivation": "constraint",
        "differential": {"element": [
            {"id": "Observation", "path": "Observation", "constraint": [
                {"key": "s-1", "severity": "error", "human": "has an effective time",
                 "expression": "effective.exists()"},
                {"key": "s-2", "severity": "warning", "human": "has a note", "expression": "note.exists()"},
                {"key": "s-3", "severity": "error", "human": "broken", "expression": "nonsense(("}
            ]},
            {"id": "Observation.identifier", "path": "Observation.identifier", "slicing": {
                "discriminator": [{"type": "value", "path": "system"}], "rules": "closed"}},
            {"id": "Observation.identifier:lab", "path": "Observation.identifier", "sliceName": "lab",
             "min": 1, "max": "1"},
            {"id": "Observation.identifier:lab.system", "path": "Observation.identifier.system",
             "min": 1, "fixedUri": "urn:lab"},
            {"id": "Observation.identifier:lab.value", "path": "Observation.identifier.value", "min": 1},
            {"id": "Observation.identifier:other", "path": "Observation.identifier", "sliceName": "other"},
            {"id": "Observation.identifier:other.system", "path": "Observation.identifier.system",
             "min": 1, "fixedUri": "urn:other"},
            {"id": "Observation.code", "path": "Observation.code",
             "patternCodeableConcept": {"coding": [{"system": "urn:codes", "code": "a"}]}},
            {"id": "Observation.value[x]", "path": "Observation.value[x]", "type": [
                {"code": "Quantity"}, {"code": "string"}]},
            {"id": "Observation.value[x]:valueQuantity", "path": "Observation.value[x]",
             "sliceName": "valueQuantity", "type": [{"code": "Quantity"}]},
            {"id": "Observation.value[x]:valueQuantity.unit", "path": "Observation.value[x].unit", "min": 1},
            {"id": "Observation.component", "path": "Observation.component", "slicing": {
                "discriminator": [{"type": "pattern", "path": "code"}], "rules": "open"}},
            {"id": "Observation.component:first", "path": "Observation.component", "sliceName": "first",
             "min": 1},
            {"id": "Observation.component:first.code", "path": "Observation.component.code",
             "patternCodeableConcept": {"coding": [{"code": "c1"}]}},
            {"id": "Observation.component:first.valueString", "path": "Observation.component.valueString",
             "min": 1, "maxLength": 5},
            {"id": "Observation.subject", "path": "Observation.subject", "min": 1, "type": [
                {"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Patient"]}]},
            {"id": "Observation.bodySite", "path": "Observation.bodySite", "max": "0"}
        ]}
    })
}

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let json = sliced_profile().to_string().into_bytes();
    let files = [("sliced.json".to_owned(), Cow::Owned(json))];
    let package = Package::from_files("test", files).expect("package");
    Validator::new(Definitions::embedded().with_package(package))
});

const PROFILE: &str = "http://example.org/StructureDefinition/sliced";

fn observation() -> Value {
    json!({
        "resourceType": "Observation",
        "id": "o",
        "meta": {"profile": [PROFILE]},
        "contained": [{"resourceType": "Patient", "id": "p", "birthDate": "1980-02-29"}],
        "identifier": [{"system": "urn:lab", "value": "1"}, {"system": "urn:other"}],
        "status": "final",
        "code": {"coding": [{"system": "urn:codes", "code": "a"}], "text": "t"},
        "subject": {"reference": "#p"},
        "effectiveDateTime": "2020-01-01",
        "valueQuantity": {"value": 1, "unit": "g"},
        "note": [{"text": "n"}],
        "component": [
            {"code": {"coding": [{"code": "c1", "system": "urn:c"}]}, "valueString": "x"},
            {"code": {"coding": [{"code": "c2"}]}, "_valueString": {"extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}}
        ]
    })
}

fn errors(validation: &Validation) -> Vec<(String, String)> {
    validation
        .issues
        .iter()
        .filter(|issue| issue.severity >= Severity::Error)
        .map(|issue| (issue.rule.clone(), issue.location.pointer.clone()))
        .collect()
}

#[test]
fn the_original_is_valid_and_what_was_not_checked_is_told() {
    let validation = VALIDATOR.validate(&observation(), &[]);
    assert_eq!(errors(&validation), [], "{:#?}", validation.issues);
    assert_eq!(validation.profiles, [PROFILE]);
    // The broken constraint is no fault of the resource.
    assert!(
        validation
            .unchecked
            .iter()
            .any(|gap| gap.what.contains("s-3"))
    );
}

/// Sets what a pointer names (to null: removes it) and returns the broken resource.
fn broken(pointer: &str, value: Value) -> Value {
    let mut resource = observation();
    let (parent, name) = pointer.rsplit_once('/').expect("pointer");
    let parent = resource.pointer_mut(parent).expect("parent");
    match parent {
        Value::Object(members) => {
            match value {
                Value::Null => members.remove(name),
                other => members.insert(name.to_owned(), other),
            };
        }
        Value::Array(items) => match value {
            Value::Null => {
                items.remove(name.parse::<usize>().expect("index"));
            }
            other => items.push(other),
        },
        _ => panic!("{pointer}"),
    }
    resource
}

#[test]
fn each_broken_rule_is_caught() {
    let patient = json!({"resourceType": "Patient", "id": "q"});
    let cases = [
        // Structure and primitives.
        ("/status", json!(null), "cardinality-min", ""),
        ("/status", json!(["final"]), "json-type", "/status"),
        ("/stat", json!("x"), "unknown-member", "/stat"),
        (
            "/effectiveDateTime",
            json!("2020-02-30"),
            "primitive-format",
            "/effectiveDateTime",
        ),
        (
            "/effectiveDateTime",
            json!(""),
            "primitive-format",
            "/effectiveDateTime",
        ),
        ("/effectivePeriod", json!({"start": "2020"}), "choice", ""),
        ("/note", json!([]), "empty-array", "/note"),
        (
            "/note/0",
            json!({"text": "x", "id": "a", "time": "2020-13"}),
            "primitive-format",
            "/note/1/time",
        ),
        ("/method", json!({"id": "x"}), "ele-1", "/method"),
        (
            "/contained/0/birthDate",
            json!(1980),
            "json-type",
            "/contained/0/birthDate",
        ),
        (
            "/contained/0/resourceType",
            json!("Pateint"),
            "resource-type",
            "/contained/0",
        ),
        // Constraints of the base.
        ("/contained/0", patient, "dom-3", ""),
        (
            "/component/0/valueQuantity",
            json!({"code": "g"}),
            "qty-3",
            "/component/0/valueQuantity",
        ),
        (
            "/referenceRange",
            json!([{"id": "x", "appliesTo": [{"text": "x"}]}]),
            "obs-3",
            "/referenceRange/0",
        ),
        // Bindings and references.
        ("/status", json!("done"), "binding-required", "/status"),
        (
            "/subject/reference",
            json!("#nobody"),
            "reference-contained",
            "/subject",
        ),
        (
            "/subject/reference",
            json!("Group/1"),
            "reference-target",
            "/subject",
        ),
        (
            "/subject/reference",
            json!("patient 1"),
            "reference-form",
            "/subject",
        ),
        // Extensions.
        (
            "/modifierExtension",
            json!([{"url": "urn:x:y", "valueCode": "c"}]),
            "modifier-extension-unknown",
            "/modifierExtension/0",
        ),
        (
            "/extension",
            json!([{"url": "urn:x:y"}]),
            "ext-1",
            "/extension/0",
        ),
        (
            "/extension",
            json!([{"valueCode": "c"}]),
            "cardinality-min",
            "/extension/0",
        ),
        // Narrative.
        (
            "/text",
            json!({"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>"}),
            "txt-1",
            "/text/div",
        ),
        // The profile.
        ("/effectiveDateTime", json!(null), "s-1", ""),
        (
            "/bodySite",
            json!({"text": "x"}),
            "cardinality-max",
            "/bodySite",
        ),
        ("/subject", json!(null), "cardinality-min", ""),
        ("/code/coding", json!([{"code": "a"}]), "pattern", "/code"),
        (
            "/valueQuantity/unit",
            json!(null),
            "cardinality-min",
            "/valueQuantity",
        ),
        ("/identifier/0", json!(null), "slice-min", ""),
        (
            "/identifier/0/value",
            json!(null),
            "cardinality-min",
            "/identifier/0",
        ),
        (
            "/identifier/1/system",
            json!("urn:unknown"),
            "slicing-closed",
            "/identifier/1",
        ),
        (
            "/identifier/1",
            json!({"system": "urn:lab", "value": "2"}),
            "slice-max",
            "",
        ),
        (
            "/component/0/valueString",
            json!("longer than five"),
            "max-length",
            "/component/0/valueString",
        ),
        (
            "/component/0/code/coding/0/code",
            json!("c9"),
            "slice-min",
            "",
        ),
    ];
    for (pointer, value, rule, place) in cases {
        let resource = broken(pointer, value.clone());
        let found = errors(&VALIDATOR.validate(&resource, &[]));
        let wanted = (rule.to_owned(), place.to_owned());
        assert!(
            found.contains(&wanted),
            "{pointer} {value}: wanted {wanted:?}, found {found:?}"
        );
    }
}

#[test]
fn a_choice_that_a_profile_narrows_is_caught() {
    let mut resource = observation();
    resource["valueBoolean"] = json!(true);
    resource
        .as_object_mut()
        .expect("object")
        .remove("valueQuantity");
    let found = errors(&VALIDATOR.validate(&resource, &[]));
    assert!(
        found.contains(&("type".to_owned(), "/valueBoolean".to_owned())),
        "{found:?}"
    );
}

#[test]
fn warnings_are_no_errors() {
    let resource = broken("/note", json!(null));
    let validation = VALIDATOR.validate(&resource, &[]);
    assert!(validation.is_valid());
    let rule = |issue: &&fhir_assay::fhir::Issue| issue.rule == "s-2";
    let severity = validation
        .issues
        .iter()
        .find(rule)
        .map(|issue| issue.severity);
    assert_eq!(severity, Some(Severity::Warning));
}

#[test]
fn unknown_profiles_are_told_apart() {
    let unknown = "http://example.org/nowhere".to_owned();
    assert!(VALIDATOR.prepare(&[PROFILE.to_owned()]).is_ok());
    let error = VALIDATOR.prepare(std::slice::from_ref(&unknown));
    assert_eq!(error.map_err(|error| error.canonical), Err(unknown.clone()));
    let resource =
        json!({"resourceType": "Basic", "meta": {"profile": [unknown]}, "code": {"text": "x"}});
    let validation = VALIDATOR.validate(&resource, &[]);
    assert!(validation.is_valid());
    assert!(
        validation
            .issues
            .iter()
            .any(|issue| issue.rule == "profile-unknown")
    );
}

#[test]
fn text_gives_lines_and_its_own_faults() {
    let text = "{\n  \"resourceType\": \"Patient\",\n  \"active\": \"yes\",\n  \"active\": true\n}";
    let validation = VALIDATOR.validate_text(text, &[]);
    let duplicate = validation
        .issues
        .iter()
        .find(|issue| issue.rule == "duplicate-member");
    assert_eq!(duplicate.and_then(|issue| issue.location.line), Some(4));
    for (text, rule) in [
        ("{", "json-syntax"),
        ("[]", "resource-type"),
        ("{}", "resource-type"),
        ("{\"resourceType\": \"Nothing\"}", "resource-type"),
        ("nonsense", "json-syntax"),
    ] {
        let validation = VALIDATOR.validate_text(text, &[]);
        assert!(
            validation.issues.iter().any(|issue| issue.rule == rule),
            "{text}"
        );
    }
}

#[test]
fn hostile_content_ends_in_a_verdict() {
    let mut deep = json!("x");
    for _ in 0..120 {
        deep = json!({"url": "urn:a:b", "extension": [deep]});
    }
    let resource = json!({"resourceType": "Patient", "extension": [deep]});
    assert!(!VALIDATOR.validate(&resource, &[]).is_valid());
    let many: Vec<Value> = (0..5_000).map(|_| json!({"unknown": 1})).collect();
    let resource = json!({"resourceType": "Patient", "name": many});
    assert!(VALIDATOR.validate(&resource, &[]).issues.len() <= 1_001);
    let many: Vec<Value> = (0..1_100).map(|_| json!({"system": "x"})).collect();
    let resource = json!({"resourceType": "Patient", "identifier": many});
    let validation = VALIDATOR.validate(&resource, &[]);
    assert_eq!(validation.issues.len(), 1_000);
    let further = validation.unchecked.iter();
    let further = further.filter(|gap| gap.what == "further issues");
    assert_eq!(further.count(), 1);
}

#[test]
fn bundles_and_references_between_entries() {
    let bundle = |reference: &str| {
        json!({"resourceType": "Bundle", "type": "collection", "entry": [
            {"fullUrl": "http://a.org/Patient/1", "resource": {"resourceType": "Patient", "id": "1"}},
            {"fullUrl": "http://a.org/Observation/2", "resource": {
                "resourceType": "Observation", "id": "2", "status": "final", "code": {"text": "x"},
                "specimen": {"reference": reference}}}
        ]})
    };
    let found = errors(&VALIDATOR.validate(&bundle("Patient/1"), &[]));
    assert_eq!(
        found,
        [(
            "reference-target".to_owned(),
            "/entry/1/resource/specimen".to_owned()
        )]
    );
    assert_eq!(errors(&VALIDATOR.validate(&bundle("Specimen/1"), &[])), []);
}

/// Every profile that is built in can be used, and nothing of it is left unchecked but what is listed.
#[test]
fn embedded_profiles_compile() {
    use fhir_assay::package::Kind;
    let definitions = Definitions::embedded();
    let validator = Validator::new(definitions.clone());
    let mut count = 0;
    for url in definitions.canonicals(Kind::StructureDefinition) {
        let Some(definition) = definitions.structure(url) else {
            continue;
        };
        if definition["derivation"] == "constraint" {
            let prepared = validator.prepare(&[url.to_owned()]);
            assert!(prepared.is_ok(), "{prepared:?}");
            count += 1;
            let snapshot = validator.generate_snapshot(&definition).expect("snapshot");
            for gap in snapshot.gaps {
                println!("{url}: {gap}");
            }
        }
    }
    assert!(count > 20, "{count}");
}

/// Each issue names the profile whose rule it is, and what to do.
#[test]
fn issues_say_whose_rule_it_is_and_what_to_do() {
    for (pointer, value, rule, profile, advice) in [
        (
            "/subject",
            json!(null),
            "cardinality-min",
            Some(PROFILE),
            "add",
        ),
        (
            "/identifier/1/system",
            json!("urn:unknown"),
            "slicing-closed",
            Some(PROFILE),
            "lab, other",
        ),
        ("/note", json!(null), "s-2", Some(PROFILE), ""),
        (
            "/statuss",
            json!("final"),
            "unknown-member",
            None,
            "did you mean `status`?",
        ),
        (
            "/interpretation",
            json!([{"coding": [{"system": "urn:x", "code": "c"}]}]),
            "binding-extensible",
            None,
            "only if none of them fits",
        ),
    ] {
        let validation = VALIDATOR.validate(&broken(pointer, value), &[]);
        let issue = validation.issues.iter().find(|issue| issue.rule == rule);
        let issue = issue.unwrap_or_else(|| panic!("{rule}: {:#?}", validation.issues));
        let of = issue.profile.as_deref();
        if let Some(profile) = profile {
            assert_eq!(of, Some(profile), "{rule}");
        }
        assert!(of.is_none_or(|of| !of.is_empty()), "{rule}");
        let fix = issue.fix.as_deref().unwrap_or_default();
        assert!(fix.contains(advice), "{rule}: {fix}");
    }
}

#[test]
fn whole_numbers_have_digits_alone() {
    let rules = |number: &str| {
        let text = observation().to_string().replace(
            "\"valueQuantity\":{\"unit\":\"g\",\"value\":1}",
            &format!("\"valueInteger\":{number}"),
        );
        assert!(text.contains("valueInteger"), "{text}");
        let text = text.replace(
            PROFILE,
            "http://hl7.org/fhir/StructureDefinition/Observation",
        );
        let validation = VALIDATOR.validate_text(&text, &[]);
        let errors = errors(&validation).into_iter();
        errors.map(|(rule, _)| rule).collect::<Vec<_>>().join(" ")
    };
    for (number, expected) in [
        ("0", ""),
        ("-0", ""),
        ("7", ""),
        ("0.0", "primitive-format"),
        ("1e2", "primitive-format"),
        ("1.5", "json-type"),
    ] {
        assert_eq!(rules(number), expected, "{number}");
    }
}

#[test]
fn xml_is_judged_as_json_is() {
    let text = "<Patient xmlns=\"http://hl7.org/fhir\">\n <active value=\"yes\"/>\n <gender value=\"nothing\"/>\n</Patient>";
    let validation = VALIDATOR.validate_text(text, &[]);
    let found: Vec<(&str, Option<u32>)> = validation
        .issues
        .iter()
        .filter(|issue| issue.severity >= Severity::Error)
        .map(|issue| (issue.rule.as_str(), issue.location.line))
        .collect();
    assert_eq!(
        found,
        [("xml-value", Some(2)), ("binding-required", Some(3))]
    );
}

/// The schema of a profile says what it leaves out.
#[test]
fn a_schema_is_exported_with_a_note() {
    let schema = VALIDATOR.json_schema(PROFILE).expect("a schema");
    let comment = schema["$comment"].as_str().unwrap_or_default();
    for said in ["98 constraints", "6 sliced", "15 bindings", "12 elements"] {
        assert!(comment.contains(said), "{said}: {comment}");
    }
    assert_eq!(schema["allOf"].as_array().map(Vec::len), Some(2));
    assert!(schema["$defs"]["Observation"].is_object(), "{schema}");
    let base = VALIDATOR.json_schema("http://hl7.org/fhir/StructureDefinition/Observation");
    let base = base.expect("a schema");
    assert_eq!(base["allOf"].as_array().map(Vec::len), Some(1));
    assert!(VALIDATOR.json_schema("http://nowhere").is_err());
}

/// Issues have their place in FHIRPath too, with the names of choices.
#[test]
fn places_are_written_in_fhirpath() {
    for (pointer, value, rule, place) in [
        (
            "/valueQuantity/value",
            json!("1"),
            "json-type",
            "Observation.value.ofType(Quantity).value",
        ),
        (
            "/valueQuantity/valeu",
            json!(1),
            "unknown-member",
            "Observation.value.ofType(Quantity).valeu",
        ),
        (
            "/component/0/valueString",
            json!(1),
            "json-type",
            "Observation.component[0].value.ofType(string)",
        ),
        (
            "/component/1/_valueString",
            json!(1),
            "json-type",
            "Observation.component[1].value.ofType(string)",
        ),
        (
            "/referenceRange",
            json!([{"low": {"value": "1"}}]),
            "json-type",
            "Observation.referenceRange[0].low.value",
        ),
        (
            "/component/0/referenceRange",
            json!([{"low": {"value": "1"}}]),
            "json-type",
            "Observation.component[0].referenceRange[0].low.value",
        ),
        (
            "/contained/0/birthDate",
            json!(1),
            "json-type",
            "Observation.contained[0].birthDate",
        ),
        (
            "/status",
            json!("done"),
            "binding-required",
            "Observation.status",
        ),
        (
            "/effectiveDateTime",
            json!("x"),
            "primitive-format",
            "Observation.effective.ofType(dateTime)",
        ),
    ] {
        let validation = VALIDATOR.validate(&broken(pointer, value), &[]);
        let issues = validation.issues.iter().filter(|issue| issue.rule == rule);
        let places: Vec<&str> = issues
            .map(|issue| issue.location.expression.as_str())
            .collect();
        assert!(places.contains(&place), "{pointer}: {places:?}");
    }
}

/// Definitions that hold themselves twice would double with each step.
#[test]
fn a_snapshot_has_an_end() {
    let url = "http://example.org/StructureDefinition/doubled";
    let slice = |name: &str| {
        let id = format!("Extension.extension:{name}");
        let own = json!({"id": id, "path": "Extension.extension", "sliceName": name,
            "type": [{"code": "Extension", "profile": [url]}]});
        let below = json!({"id": format!("{id}.url"), "path": "Extension.extension.url", "min": 1});
        [own, below]
    };
    let elements: Vec<Value> = ["a", "b"].into_iter().flat_map(slice).collect();
    let definition = json!({
        "resourceType": "StructureDefinition", "url": url,
        "name": "Doubled", "status": "draft", "kind": "complex-type", "abstract": false,
        "type": "Extension",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
        "derivation": "constraint",
        "differential": {"element": elements}
    });
    let json = definition.to_string().into_bytes();
    let files = [("doubled.json".to_owned(), Cow::Owned(json))];
    let package = Package::from_files("test", files).expect("package");
    let validator = Validator::new(Definitions::embedded().with_package(package));
    let snapshot = validator.generate_snapshot(&Arc::new(definition));
    let snapshot = snapshot.expect("a snapshot");
    assert!(snapshot.root.flatten().len() < 25_000);
    let gaps = snapshot.gaps.join(" ");
    assert!(gaps.contains("more than 20000 elements"), "{gaps}");
    assert!(!gaps.contains("fits nothing"), "{gaps}");
}
