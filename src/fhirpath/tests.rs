use serde_json::json;

use super::*;

fn engine() -> Engine {
    Engine::untyped()
}

#[test]
fn evaluates_paths_with_primitive_extensions_and_choices() {
    let patient = json!({
        "resourceType": "Patient",
        "id": "p",
        "name": [{"given": ["A", null], "_given": [null, {"extension": [{"url": "u"}]}]}],
        "_birthDate": {"extension": [{"url": "u", "valueCode": "x"}]},
        "deceasedBoolean": false,
        "link": [{"other": {"reference": "#x"}}]
    });
    let cases = [
        ("name.given.count() = 2", true),
        ("birthDate.exists()", true),
        ("birthDate.hasValue()", false),
        ("birthDate.extension('u').value = 'x'", true),
        ("deceased = false", true),
        ("Patient.name.exists()", true),
        ("name.all(given.exists()) and id.matches('^[a-z]$')", true),
        ("name.where(given = 'B').empty()", true),
        ("descendants().where($this = '#x').exists()", true),
        ("name.given | id", true),
        (
            "link.other.reference.startsWith('#') implies %resource.id = 'p'",
            true,
        ),
        ("(1 | 2).count() = 2 and iif(true, 1, 2) = 1", true),
        ("name.given.first().length() > 1", false),
        ("note.exists() or notes.empty()", true),
        (
            "id.where($this = 'not note').empty() and id.empty().not()",
            true,
        ),
    ];
    for (expression, expected) in cases {
        let result = engine().holds(expression, &patient, Focus::of(&patient));
        assert_eq!(result, Ok(expected), "{expression}");
    }
}

#[test]
fn falls_back_to_the_general_engine() {
    let patient = json!({"resourceType": "Patient", "id": "p", "multipleBirthInteger": 3});
    let values = engine().evaluate("1 + 2.5", &patient, Focus::of(&patient));
    assert_eq!(values.ok(), Some(vec![json!(3.5)]));
    let values = engine().evaluate("'a,b'.split(',')", &patient, Focus::of(&patient));
    assert_eq!(values.ok(), Some(vec![json!("a"), json!("b")]));
}

#[test]
fn refuses_what_does_not_parse_or_is_too_large() {
    let patient = json!({"resourceType": "Patient"});
    for expression in ["name.(", &"(".repeat(200), &"a".repeat(20_000)] {
        assert!(matches!(
            engine().holds(expression, &patient, Focus::of(&patient)),
            Err(FhirPathError::Syntax { .. })
        ));
    }
}
