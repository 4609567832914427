//! What is embedded.

use super::*;

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
fn all_units_that_hl7_lists_are_units() {
    let terminology = embedded();
    let refused: Vec<String> = terminology
        .enumeration("http://hl7.org/fhir/ValueSet/ucum-common", 5000)
        .unwrap()
        .into_iter()
        .filter(|unit| {
            let found = terminology.check_system("http://unitsofmeasure.org", unit);
            found != Membership::Member
        })
        .collect();
    assert_eq!(refused, [""; 0]);
}
