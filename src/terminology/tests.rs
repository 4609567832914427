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
fn most_required_bindings_of_r4_decide_locally() {
    let definitions = Definitions::embedded();
    let terminology = embedded();
    let mut sets = std::collections::BTreeSet::new();
    for url in definitions.canonicals(Kind::StructureDefinition) {
        let Some(definition) = definitions.structure(url) else {
            continue;
        };
        if definition["derivation"] == "constraint" {
            continue;
        }
        for element in definition["snapshot"]["element"]
            .as_array()
            .into_iter()
            .flatten()
        {
            if element["binding"]["strength"] == "required"
                && let Some(set) = element["binding"]["valueSet"].as_str()
            {
                sets.insert(set.to_owned());
            }
        }
    }
    let open: Vec<&String> = sets
        .iter()
        .filter(|set| {
            matches!(
                terminology.check(set, None, "no such code"),
                Membership::Unknown(_)
            )
        })
        .collect();
    println!(
        "{} of {} decide; open: {open:?}",
        sets.len() - open.len(),
        sets.len()
    );
    assert!(open.len() <= 2, "{open:?}");
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
