use std::path::PathBuf;

use super::*;

#[test]
fn every_type_of_r4_is_there() {
    let definitions = Definitions::embedded();
    for name in [
        "Patient",
        "Observation",
        "string",
        "base64Binary",
        "Quantity",
        "Extension",
        "Element",
    ] {
        let definition = definitions.type_definition(name).unwrap();
        assert_eq!(definition["type"], name);
        assert!(
            definition["snapshot"]["element"].as_array().unwrap().len() > 1,
            "{name}"
        );
    }
    assert!(
        definitions.type_definition("vitalsigns").is_none(),
        "a profile is no type"
    );
    assert!(
        definitions
            .structure("http://hl7.org/fhir/StructureDefinition/vitalsigns")
            .is_some()
    );
    assert!(definitions.canonicals(Kind::StructureDefinition).count() >= 655);
}

#[test]
fn value_sets_code_systems_and_search_parameters_are_found() {
    let definitions = Definitions::embedded();
    let genders = definitions
        .value_set("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1")
        .unwrap();
    assert_eq!(
        genders["compose"]["include"][0]["system"],
        "http://hl7.org/fhir/administrative-gender"
    );
    let codes = definitions
        .code_system("http://hl7.org/fhir/administrative-gender")
        .unwrap();
    assert_eq!(codes["concept"].as_array().unwrap().len(), 4);
    let parameter = definitions
        .search_parameter("Condition", "patient")
        .unwrap();
    assert_eq!(parameter["type"], "reference");
    assert_eq!(
        definitions.search_parameter("Condition", "_id").unwrap()["expression"],
        "Resource.id"
    );
    assert!(
        definitions
            .search_parameter("Condition", "authoredon")
            .is_none()
    );
}

#[test]
fn no_definition_is_broken() {
    let definitions = Definitions::embedded();
    for kind in Kind::ALL {
        for url in definitions.canonicals(kind) {
            let found = definitions
                .resolve(kind, url)
                .unwrap_or_else(|| panic!("{url}"));
            let own = found.resource["url"].as_str().unwrap();
            assert_eq!(own.split('|').next(), Some(url));
            assert_eq!(found.resource["resourceType"], kind.name());
        }
    }
}

#[test]
fn a_package_wins_and_an_exact_version_wins_over_it() {
    let file = |version: &str, kind: &str| {
        let json = format!(
            r#"{{"resourceType":"StructureDefinition","url":"http://e/p","version":"{version}","kind":"{kind}"}}"#
        );
        (format!("{version}.json"), json.into_bytes().into())
    };
    let package = |version: &str| Package::from_files("e", [file(version, "resource")]).unwrap();
    let definitions = Definitions::empty()
        .with_package(package("1"))
        .with_package(package("2"));
    let find = |canonical: &str| {
        let found = definitions
            .resolve(Kind::StructureDefinition, canonical)
            .unwrap();
        (found.version, found.exact)
    };
    assert_eq!(find("http://e/p"), ("2".to_owned(), true));
    assert_eq!(find("http://e/p|1"), ("1".to_owned(), true));
    assert_eq!(find("http://e/p|3"), ("2".to_owned(), false));
    assert!(definitions.structure("http://e/q").is_none());
}

#[test]
fn the_pack_holds_no_prose() {
    let definitions = Definitions::embedded();
    let patient = definitions.type_definition("Patient").unwrap().to_string();
    for member in [
        "\"short\"",
        "\"definition\"",
        "\"comment\"",
        "\"human\"",
        "\"mapping\"",
        "\"requirements\"",
    ] {
        assert!(!patient.contains(member), "{member}");
    }
}

/// Where real packages are at hand.
fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("FHIR_ASSAY_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

#[test]
fn a_real_package_loads_over_the_embedded_ones() {
    let Some(shared) = shared() else {
        println!("skipped: no real packages at hand (FHIR_ASSAY_SHARED)");
        return;
    };
    let path = shared.join("fhir-packages/hl7.fhir.uv.ipa#1.0.0.tgz");
    let package = Package::load(path.to_str().unwrap()).unwrap();
    assert_eq!(package.manifest.id(), "hl7.fhir.uv.ipa#1.0.0");
    let definitions = Definitions::embedded().with_package(package);
    let found = definitions
        .resolve(
            Kind::StructureDefinition,
            "http://hl7.org/fhir/uv/ipa/StructureDefinition/ipa-patient",
        )
        .unwrap();
    assert_eq!(found.package, "hl7.fhir.uv.ipa#1.0.0");
}
