//! Compositions, filters and expansions of any make.

use super::*;

#[test]
fn filters_select_by_hierarchy_and_property() {
    let system = (
        "CodeSystem/s",
        r#""content":"complete","property":[{"code":"flag"},{"code":"subsumedBy"}],"concept":[
            {"code":"animal","concept":[
                {"code":"dog","display":"Dog","property":[{"code":"flag","valueBoolean":true}]},
                {"code":"cat","property":[{"code":"colour","valueCode":"red"}]}]},
            {"code":"puppy","property":[{"code":"subsumedBy","valueCode":"dog"}]},
            {"code":"plant","property":[{"code":"child","valueCode":"tree"}]},
            {"code":"tree","property":[{"code":"subsumedBy","valueCode":"plant"}]}]"#,
    );
    let all = ["animal", "dog", "cat", "puppy", "plant", "tree"];
    let table: [(&str, &[&str]); 17] = [
        ("concept is-a animal", &["animal", "dog", "cat", "puppy"]),
        ("concept descendent-of animal", &["dog", "cat", "puppy"]),
        ("concept is-not-a animal", &["plant", "tree"]),
        ("concept generalizes puppy", &["puppy", "dog", "animal"]),
        ("concept is-a plant", &["plant", "tree"]),
        ("parent = dog", &["puppy"]),
        ("child = tree", &["plant"]),
        ("code in dog,cat", &["dog", "cat"]),
        ("code not-in dog,cat", &["animal", "puppy", "plant", "tree"]),
        ("code regex p.*", &["puppy", "plant"]),
        ("display = Dog", &["dog"]),
        ("flag = true", &["dog"]),
        ("flag = false", &["animal", "cat", "puppy", "plant", "tree"]),
        ("flag exists true", &["dog"]),
        ("colour = red", &["cat"]),
        // undecided
        ("concept is-a mineral", &["?"]),
        ("size = big", &["?"]),
    ];
    for (filter, expected) in table {
        let [property, operator, value] = filter.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{filter}");
        };
        let set = format!(
            r#""compose":{{"include":[{{"system":"http://e/s","filter":[{{"property":"{property}","op":"{operator}","value":"{value}"}}]}}]}}"#
        );
        let terminology = terminology_of(&[system, ("ValueSet/v", &set)]);
        for code in all {
            let found = word(&terminology.check("http://e/v", Some("http://e/s"), code));
            let wanted = match expected {
                ["?"] => "unknown",
                _ if expected.contains(&code) => "in",
                _ => "out",
            };
            assert_eq!(found, wanted, "{filter}: {code}");
        }
    }
}

#[test]
fn case_matters_only_where_the_system_says_so() {
    let set = r#""compose":{"include":[{"system":"http://e/s"}]}"#;
    let listed = r#""compose":{"include":[{"system":"http://e/s","concept":[{"code":"Aa"}]}]}"#;
    let filtered = r#""compose":{"include":[{"system":"http://e/s","filter":[{"property":"concept","op":"is-a","value":"AA"}]}]}"#;
    for (sensitive, other_case) in [("true", "out"), ("false", "in")] {
        let system = format!(
            r#""content":"complete","caseSensitive":{sensitive},"concept":[{{"code":"Aa"}},{{"code":"b"}}]"#
        );
        let terminology = terminology_of(&[
            ("CodeSystem/s", &system),
            ("ValueSet/all", set),
            ("ValueSet/listed", listed),
            ("ValueSet/filtered", filtered),
        ]);
        for id in ["all", "listed"] {
            let check = |code| word(&terminology.check(&format!("http://e/{id}"), None, code));
            assert_eq!((check("Aa"), check("aA")), ("in", other_case), "{id}");
        }
        let enumeration = terminology.enumeration("http://e/all", 9);
        assert_eq!(
            enumeration.is_some(),
            sensitive == "true",
            "all spellings cannot be listed"
        );
        let filtered = terminology.check("http://e/filtered", None, "aa");
        assert_eq!(
            word(&filtered),
            if sensitive == "true" { "unknown" } else { "in" }
        );
    }
}

#[test]
fn hierarchies_and_imports_in_circles_end() {
    let mut resources = vec![(
        "CodeSystem/s".to_owned(),
        r#""content":"complete","concept":[
            {"code":"a","property":[{"code":"parent","valueCode":"b"}]},
            {"code":"b","property":[{"code":"parent","valueCode":"a"}]}]"#
            .to_owned(),
    )];
    resources.push((
        "ValueSet/circle".to_owned(),
        r#""compose":{"include":[{"system":"http://e/s","filter":[{"property":"concept","op":"is-a","value":"a"}]}]}"#.to_owned(),
    ));
    // Every set imports the next one ten times: 10^40 ways down.
    for level in 0..40 {
        let next = format!(r#""http://e/l{}""#, level + 1);
        let imports = [next.as_str(); 10].join(",");
        resources.push((
            format!("ValueSet/l{level}"),
            format!(r#""compose":{{"include":[{{"valueSet":[{imports}]}}]}}"#),
        ));
    }
    let resources: Vec<(&str, &str)> = resources
        .iter()
        .map(|(id, content)| (id.as_str(), content.as_str()))
        .collect();
    let terminology = terminology_of(&resources);
    assert_eq!(word(&terminology.check("http://e/circle", None, "b")), "in");
    assert_eq!(
        word(&terminology.check("http://e/l0", None, "b")),
        "unknown"
    );
    assert_eq!(
        word(&terminology.check("http://e/l20", None, "b")),
        "unknown"
    );
}

#[test]
fn an_expansion_answers_where_the_composition_cannot() {
    let contains = r#""contains":[{"system":"sct","code":"1","contains":[{"system":"sct","code":"2"}]},{"system":"sct","code":"3","abstract":true}]"#;
    let compose = r#""compose":{"include":[{"system":"sct","filter":[{"property":"concept","op":"is-a","value":"1"}]}]}"#;
    let only = format!(r#""expansion":{{{contains}}}"#);
    let page = format!(r#""expansion":{{"total":99,{contains}}}"#);
    let both = format!(r#"{compose},"expansion":{{{contains}}}"#);
    let terminology = terminology_of(&[
        ("ValueSet/only", &only),
        ("ValueSet/page", &page),
        ("ValueSet/both", &both),
    ]);
    for (id, expected) in [
        ("only", ["in", "in", "out", "out"]),
        ("page", ["in", "in", "unknown", "unknown"]),
        ("both", ["in", "in", "unknown", "unknown"]),
    ] {
        let url = format!("http://e/{id}");
        let found =
            ["1", "2", "3", "4"].map(|code| word(&terminology.check(&url, Some("sct"), code)));
        assert_eq!(found, expected, "{id}");
    }
}

#[test]
fn excludes_imports_and_circles() {
    let set = |id: &str, compose: &str| {
        let json =
            format!(r#"{{"resourceType":"ValueSet","url":"http://e/{id}","compose":{compose}}}"#);
        (format!("{id}.json"), json.into_bytes().into())
    };
    let package = Package::from_files(
        "e",
        [
            set("some", r#"{"include":[{"system":"s","concept":[{"code":"a"},{"code":"b"},{"code":"c"}]}],"exclude":[{"system":"s","concept":[{"code":"b"}]}]}"#),
            set("both", r#"{"include":[{"system":"s","concept":[{"code":"a"},{"code":"z"}],"valueSet":["http://e/some"]}]}"#),
            set("circle", r#"{"include":[{"valueSet":["http://e/circle"]}]}"#),
            set("missing", r#"{"include":[{"valueSet":["http://e/none"]}]}"#),
            set("empty", "{}"),
        ],
    )
    .unwrap();
    let terminology = Terminology::new(Definitions::empty().with_package(package));
    let check = |set: &str, code: &str| {
        word(&terminology.check(&format!("http://e/{set}"), Some("s"), code))
    };
    assert_eq!(
        (check("some", "a"), check("some", "b"), check("some", "z")),
        ("in", "out", "out")
    );
    assert_eq!(
        (check("both", "a"), check("both", "c"), check("both", "z")),
        ("in", "out", "out")
    );
    assert_eq!(
        (
            check("circle", "a"),
            check("missing", "a"),
            check("empty", "a")
        ),
        ("unknown", "unknown", "unknown")
    );
    assert_eq!(
        terminology.enumeration("http://e/some", 10).unwrap(),
        ["a", "c"]
    );
    assert_eq!(terminology.enumeration("http://e/some", 1), None);
}
