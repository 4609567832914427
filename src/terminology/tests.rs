use super::*;
use crate::package::Package;

fn embedded() -> Terminology {
    Terminology::new(Definitions::embedded())
}

fn word(membership: &Membership) -> &'static str {
    match membership {
        Membership::Member => "in",
        Membership::NotMember => "out",
        Membership::Unknown(_) => "unknown",
    }
}

#[test]
fn memberships_of_r4() {
    let vs = "http://hl7.org/fhir/ValueSet/";
    let gender = "http://hl7.org/fhir/administrative-gender";
    let table = [
        // a whole code system
        ("administrative-gender", None, "female", "in"),
        ("administrative-gender", None, "woman", "out"),
        ("administrative-gender|4.0.1", Some(gender), "male", "in"),
        ("administrative-gender", Some("http://other"), "male", "out"),
        // several includes
        ("data-absent-reason", None, "masked", "in"),
        ("observation-status", None, "final", "in"),
        ("observation-status", None, "done", "out"),
        // concepts nested in others
        (
            "condition-clinical",
            Some("http://terminology.hl7.org/CodeSystem/condition-clinical"),
            "relapse",
            "in",
        ),
        (
            "condition-clinical",
            Some("http://terminology.hl7.org/CodeSystem/condition-clinical"),
            "relapsed",
            "out",
        ),
        // grammars
        (
            "mimetypes",
            Some("urn:ietf:bcp:13"),
            "application/fhir+json; fhirVersion=4.0",
            "in",
        ),
        ("mimetypes", Some("urn:ietf:bcp:13"), "json", "out"),
        ("all-languages", Some("urn:ietf:bcp:47"), "de-AT", "in"),
        (
            "all-languages",
            Some("urn:ietf:bcp:47"),
            "german language",
            "out",
        ),
        ("currencies", Some("urn:iso:std:iso:4217"), "EUR", "in"),
        ("currencies", Some("urn:iso:std:iso:4217"), "ECU", "out"),
        ("timezones", None, "Europe/Vienna", "in"),
        ("timezones", None, "Europe/Graz", "out"),
        ("iso3166-1-2", Some("urn:iso:std:iso:3166"), "AT", "in"),
        ("iso3166-1-2", Some("urn:iso:std:iso:3166"), "AUT", "out"),
        ("iso3166-1-3", Some("urn:iso:std:iso:3166"), "AUT", "in"),
        ("iso3166-1-N", Some("urn:iso:std:iso:3166"), "040", "in"),
        ("iso3166-1-N", Some("urn:iso:std:iso:3166"), "AUT", "out"),
        (
            "ucum-units",
            Some("http://unitsofmeasure.org"),
            "mm[Hg]",
            "in",
        ),
        (
            "ucum-units",
            Some("http://unitsofmeasure.org"),
            "mmHg",
            "out",
        ),
        (
            "all-time-units",
            Some("http://unitsofmeasure.org"),
            "h",
            "unknown",
        ),
        // types
        ("all-types", None, "Patient", "in"),
        ("all-types", None, "string", "in"),
        ("all-types", None, "Type", "in"),
        ("all-types", None, "Patients", "out"),
        ("resource-types", None, "string", "out"),
        ("defined-types", None, "HumanName", "in"),
        // a filter that takes out
        (
            "patient-contactrelationship",
            Some("http://terminology.hl7.org/CodeSystem/v2-0131"),
            "C",
            "in",
        ),
        (
            "patient-contactrelationship",
            Some("http://terminology.hl7.org/CodeSystem/v2-0131"),
            "O",
            "out",
        ),
        // another version of the code system is asked for than the one at hand
        (
            "task-code",
            Some("http://hl7.org/fhir/CodeSystem/task-code"),
            "approve",
            "in",
        ),
        (
            "task-code",
            Some("http://hl7.org/fhir/CodeSystem/task-code"),
            "x",
            "unknown",
        ),
        // versions of the value set
        ("observation-status|4.0", None, "final", "in"),
        ("observation-status|5.0.0", None, "final", "in"),
        ("observation-status|5.0.0", None, "x", "unknown"),
        // only examples of the codes are at hand
        (
            "service-type",
            Some("http://terminology.hl7.org/CodeSystem/service-type"),
            "1",
            "in",
        ),
        (
            "service-type",
            Some("http://terminology.hl7.org/CodeSystem/service-type"),
            "x",
            "unknown",
        ),
        // no content at hand
        (
            "condition-code",
            Some("http://snomed.info/sct"),
            "38341003",
            "unknown",
        ),
        ("condition-code", Some("http://other"), "1", "out"),
        ("no-such-set", None, "x", "unknown"),
        // is-a filter over a hierarchy
        (
            "http://terminology.hl7.org/ValueSet/v3-ActEncounterCode",
            Some("http://terminology.hl7.org/CodeSystem/v3-ActCode"),
            "AMB",
            "in",
        ),
        (
            "http://terminology.hl7.org/ValueSet/v3-ActEncounterCode",
            Some("http://terminology.hl7.org/CodeSystem/v3-ActCode"),
            "PBILLACCT",
            "out",
        ),
    ];
    let terminology = embedded();
    for (set, system, code, expected) in table {
        let url = if set.contains(':') {
            set.to_owned()
        } else {
            format!("{vs}{set}")
        };
        let found = terminology.check(&url, system, code);
        assert_eq!(word(&found), expected, "{set} {code}: {found:?}");
    }
}

#[test]
fn required_bindings_of_r4_decide_locally() {
    let definitions = Definitions::embedded();
    let terminology = embedded();
    let mut sets = std::collections::BTreeSet::new();
    for url in definitions.canonicals(Kind::StructureDefinition) {
        let definition = definitions.structure(url).unwrap();
        // Guides come with differentials only.
        let elements = definition["snapshot"]["element"].as_array();
        for element in elements.into_iter().flatten() {
            if element["binding"]["strength"] == "required" {
                sets.extend(element["binding"]["valueSet"].as_str().map(str::to_owned));
            }
        }
    }
    let open: Vec<&String> = sets
        .iter()
        .filter(|set| {
            let found = terminology.check(set, None, "no such code");
            matches!(found, Membership::Unknown(_))
        })
        .collect();
    println!("{} of {} decide", sets.len() - open.len(), sets.len());
    assert_eq!(open, OPEN);
}

/// Value sets with required bindings that need codes which are not at hand.
const OPEN: &[&str] = &[
    "http://loinc.org/vs/LL379-9|4.0.1",
    // Bound in a version that R4 does not hold.
    "http://terminology.hl7.org/ValueSet/v3-EntityNameUseR2|4.0.1",
    "http://terminology.hl7.org/ValueSet/v3-NullFlavor|4.0.1",
];

/// What a definition, a package of definitions and their terminology are made of, by id and content.
fn terminology_of(resources: &[(&str, &str)]) -> Terminology {
    let files = resources.iter().map(|(id, content)| {
        let (kind, id) = id.split_once('/').unwrap();
        let json = format!(r#"{{"resourceType":"{kind}","url":"http://e/{id}",{content}}}"#);
        (format!("{id}.json"), json.into_bytes().into())
    });
    let package = Package::from_files("e", files).unwrap();
    Terminology::new(Definitions::empty().with_package(package))
}

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
fn displays_are_compared_by_what_matters() {
    let terminology = embedded();
    let system = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    let check = |display| terminology.check_display(system, "active", display);
    assert_eq!(check("Active"), DisplayCheck::Matches);
    assert_eq!(check(" active "), DisplayCheck::Matches);
    let expected = "Active".to_owned();
    assert_eq!(check("Aktiv"), DisplayCheck::Differs { expected });
    let unknown = terminology.check_display("http://snomed.info/sct", "1", "x");
    assert_eq!(unknown, DisplayCheck::Unknown);
    assert_eq!(
        terminology.display(system, "active").as_deref(),
        Some("Active")
    );
}

#[test]
fn language_tags() {
    let table = [
        ("de", true),
        ("de-AT", true),
        ("DE-at", true),
        ("zh-Hant-TW", true),
        ("es-419", true),
        ("sl-rozaj-biske", true),
        ("de-CH-1996", true),
        ("en-a-bbb-x-a-ccc", true),
        ("x-whatever", true),
        ("i-klingon", true),
        ("gsw", true),
        ("zh-yue", true),
        ("qaa-QM", true),
        ("", false),
        ("xx", false),
        ("deu", false),
        ("ger", false),
        ("german", false),
        ("de_AT", false),
        ("en-UK", false),
        ("de-", false),
        ("e", false),
        ("de AT", false),
    ];
    let terminology = embedded();
    for (tag, expected) in table {
        let found = terminology.check_system("urn:ietf:bcp:47", tag);
        assert_eq!(found == Membership::Member, expected, "{tag}");
    }
}

#[test]
fn units() {
    let terminology = embedded();
    let is_unit = |code: &str| {
        terminology.check_system("http://unitsofmeasure.org", code) == Membership::Member
    };
    for unit in [
        "1",
        "%",
        "kg/m2",
        "10*3/uL",
        "10^9/L",
        "[degF]",
        "Cel",
        "{score}",
        "/min",
        "mg/dL",
        "{beats}/min",
        "mL/min/{1.73_m2}",
        "mmol/mol{creat}",
        "[in_i]",
        "u[IU]/mL",
        "%{0to3Hours}",
        "m[H2O]",
        "B[10.nV]",
        "10*-6",
        "10*3.{RBC}",
        "g.m/({hb}.m2)",
    ] {
        assert!(is_unit(unit), "{unit}");
    }
    let deep = "(".repeat(100_000);
    for wrong in [
        "",
        " ",
        "mgs",
        "degC",
        "mm Hg",
        "kg/",
        "kg//m",
        "kg.",
        "{a",
        "{a{b}}",
        "k[in_i]",
        "(m",
        "m)",
        "m-",
        "m 2",
        "µg",
        deep.as_str(),
    ] {
        assert!(!is_unit(wrong), "{wrong:.20}");
    }
    let common = "http://hl7.org/fhir/ValueSet/ucum-common";
    let refused: Vec<String> = terminology
        .enumeration(common, 5000)
        .unwrap()
        .into_iter()
        .filter(|code| !is_unit(code))
        .collect();
    assert_eq!(refused, [""; 0], "HL7's list of common units");
}

#[test]
fn threads_agree() {
    let terminology = embedded();
    let sets: Vec<String> = Definitions::embedded()
        .canonicals(Kind::ValueSet)
        .map(str::to_owned)
        .collect();
    let ask = |terminology: &Terminology| -> Vec<Membership> {
        let check = |set: &String| terminology.check(set, None, "active");
        sets.iter().step_by(7).map(check).collect()
    };
    let expected = ask(&embedded());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| ask(&terminology))).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
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
