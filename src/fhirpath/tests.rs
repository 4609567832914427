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

/// A chain of operators is as deep as brackets for what calls itself.
#[test]
fn long_chains_do_not_exhaust_the_stack() {
    let patient = json!({"resourceType": "Patient", "id": "p", "active": true});
    let links = [
        "-",
        "+",
        "a.",
        "id.first().",
        "1+",
        "2*",
        "'a'&",
        "id|",
        "true and ",
        "true or ",
        "true implies ",
        "1=",
        "1<",
        "1 is Integer or ",
        "id as string | ",
        "id[0].",
        "{}|",
        "$this.",
        "'a' in ",
        "1 ~ ",
        "iif(true, 1, 1) + ",
        "not ",
        "(1)+",
        "[",
        "id.where(true).",
    ];
    let work = || {
        for link in links {
            let own = stack::links(link).max(1);
            for count in [MAX_EXPRESSION / link.len() - 1, MAX_LINKS / own - 1] {
                let expression = link.repeat(count) + "id";
                // Ends in one way or another: an error or a result.
                let _ = engine().evaluate(&expression, &patient, Focus::of(&patient));
            }
        }
    };
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(1024 * 1024);
        let thread = small.spawn_scoped(scope, work).unwrap();
        thread.join().unwrap();
    });
}

#[test]
fn brackets_behind_an_ampersand_are_few() {
    for (expression, brackets, concatenated) in [
        ("a & (b) & (c)", 1, 1),
        ("a & (b & (c & -(d)))", 3, 3),
        ("(a & b).c(d & e)", 1, 0),
        ("a(b & c, (d))", 2, 0),
        ("a)))(b&{[", 3, 1),
        // A bracket in a text neither opens nor closes.
        (r"a&('\')'&(`)`&(/*)*/", 3, 3),
        ("a&( // )'\n&('(' & b & (", 3, 3),
        ("matches('&(&(&(')", 1, 0),
    ] {
        let found = Nesting::of(expression);
        let expected = Nesting {
            brackets,
            concatenated,
        };
        assert_eq!(found, expected, "{expression}");
    }
    let patient = json!({"resourceType": "Patient", "id": "p"});
    let nested = |count: usize, end: &str| {
        let expression = format!("{}id{}", "'a' & (".repeat(count), end.repeat(count));
        engine().evaluate(&expression, &patient, Focus::of(&patient))
    };
    assert_eq!(nested(MAX_CONCATENATED, ")"), Ok(vec![json!("aaaaaaaap")]));
    // Each further one would take twice the time.
    let hidden = "f&(')'".repeat(60);
    assert!(
        engine()
            .evaluate(&hidden, &patient, Focus::of(&patient))
            .is_err()
    );
    for end in [")", "", "+)"] {
        assert!(nested(60, end).is_err(), "{end}");
    }
}

#[test]
fn the_longest_published_chains_are_evaluated() {
    let patient = json!({"resourceType": "Patient", "id": "p"});
    let chain = "Patient.id | ".repeat(300) + "Patient.id";
    let values = engine().evaluate(&chain, &patient, Focus::of(&patient));
    assert_eq!(values, Ok(vec![json!("p")]));
}

/// What is not there counts as false; what is there and can't be compared breaks nothing.
#[test]
fn a_constraint_without_a_value_is_no_pass() {
    let resource = json!({
        "resourceType": "Basic",
        "id": "b",
        "period": {"start": "2020-01-05", "end": "2020-01"},
        "assert": {"responseCode": "200"}
    });
    let cases = [
        ("code.exists() or abstract = true", false),
        ("true implies (reason or value)", false),
        ("kind in ('a' | 'b')", false),
        ("reference.startsWith('#').not()", true),
        ("type = 'x' implies name.exists()", true),
        ("period.start <= period.end", true),
        ("period.start > period.end", true),
        ("id = 'b'", true),
        ("id = 'c'", false),
        // `responseCode` is no value of a choice named `response`.
        (
            "assert.response.count() + assert.responseCode.count() <= 1",
            true,
        ),
    ];
    let engine = engine();
    let session = engine.session(&resource, &resource, None);
    for (expression, expected) in cases {
        let plan = engine.compile(expression).expect("an expression");
        let result = session.satisfied(&plan, Focus::of(&resource));
        assert_eq!(result, Ok(expected), "{expression}");
    }
}

#[test]
fn elements_are_told_from_equal_ones() {
    let resource =
        json!({"resourceType": "Basic", "a": [{"b": "x", "c": "y"}, {"b": "x", "c": "z"}]});
    let engine = engine();
    let session = engine.session(&resource, &resource, None);
    let plan = engine.compile("a.where(c = 'y').b").expect("an expression");
    for (pointer, expected) in [("/a/0/b", true), ("/a/1/b", false)] {
        let value = resource.pointer(pointer);
        let element = Focus {
            value,
            sibling: None,
            type_name: "string",
        };
        let found = session.selects(&plan, Focus::of(&resource), element);
        assert_eq!(found, Ok(expected), "{pointer}");
    }
}
