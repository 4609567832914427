use std::path::PathBuf;

use super::*;

#[test]
fn every_type_of_r4_is_there() {
    let definitions = Definitions::embedded();
    let mut types = 0;
    for list in ["resource-types", "data-types"] {
        let url = format!("http://hl7.org/fhir/{list}");
        let system = definitions.code_system(&url).unwrap();
        for concept in system["concept"].as_array().unwrap() {
            let name = concept["code"].as_str().unwrap();
            // Profiles of Quantity, whatever the list says.
            if ["MoneyQuantity", "SimpleQuantity"].contains(&name) {
                continue;
            }
            let definition = definitions
                .type_definition(name)
                .unwrap_or_else(|| panic!("{name}"));
            let elements = definition["snapshot"]["element"].as_array().unwrap();
            assert_eq!(elements[0]["path"], name);
            assert!(elements.len() > 1, "{name}");
            types += 1;
        }
    }
    assert_eq!(types, 148 + 61);
    assert!(
        definitions.type_definition("vitalsigns").is_none(),
        "a profile is no type"
    );
    assert!(
        definitions
            .structure("http://hl7.org/fhir/StructureDefinition/vitalsigns")
            .is_some()
    );
}

#[test]
fn the_index_is_in_order_and_names_what_it_points_to() {
    let layer = &embedded::layers()[0];
    let mut before: Option<&crate::package::Entry> = None;
    for kind in Kind::ALL {
        for (index, entry) in layer.of_kind(kind) {
            if let Some(before) = before {
                assert!(
                    before.order(entry).is_lt(),
                    "{} and {}",
                    before.url,
                    entry.url
                );
            }
            before = Some(entry);
            let resource = layer
                .resource(index)
                .unwrap_or_else(|| panic!("{}", entry.url));
            let read = crate::package::Entry::read(resource.to_string().as_bytes());
            assert_eq!(read.unwrap().as_ref(), Some(entry));
            assert!(layer.find(kind, &entry.url).contains(&index));
        }
    }
    let counts = Kind::ALL.map(|kind| layer.of_kind(kind).count());
    assert_eq!(counts, [655, 1316, 1062, 1397, 0]);
}

#[test]
fn threads_read_the_same() {
    let definitions = Definitions::embedded();
    let expected: Vec<_> = definitions
        .canonicals(Kind::StructureDefinition)
        .take(50)
        .map(|url| definitions.structure(url).unwrap())
        .collect();
    // Not shared with other tests, so that threads meet while a definition is unpacked.
    let layer = embedded::open_base();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for (index, expected) in expected.iter().enumerate() {
                    assert_eq!(layer.resource(index).as_ref(), Some(expected));
                }
            });
        }
    });
}

#[test]
fn a_search_parameter_defined_for_the_type_comes_first() {
    let parameter = |id: &str, base: &str| {
        let json = format!(
            r#"{{"resourceType":"SearchParameter","url":"http://e/{id}","id":"{id}","code":"x","base":["{base}"]}}"#
        );
        (format!("{id}.json"), json.into_bytes().into())
    };
    let package = |files| Package::from_files("e", files).unwrap();
    let definitions = Definitions::empty()
        .with_package(package(vec![
            parameter("own", "Patient"),
            parameter("all", "Resource"),
        ]))
        .with_package(package(vec![parameter("domain", "DomainResource")]));
    for (kind, expected) in [("Patient", "own"), ("Group", "domain"), ("Bundle", "all")] {
        let found = definitions.search_parameter(kind, "x").unwrap();
        assert_eq!(found["id"], expected, "{kind}");
    }
    assert!(definitions.search_parameter("Patient", "y").is_none());
}

#[test]
fn versions_are_chosen_as_asked() {
    let profile = |version: &str| {
        let json = format!(
            r#"{{"resourceType":"StructureDefinition","url":"http://e/p","version":"{version}"}}"#
        );
        (format!("{version}.json"), json.into_bytes().into())
    };
    let package = Package::from_files("e", ["1.9.0", "1.10.0", "1.10.0-ballot"].map(profile));
    let definitions = Definitions::empty().with_package(package.unwrap());
    for (canonical, version, exact) in [
        ("http://e/p", "1.10.0", true),
        ("http://e/p|1.9", "1.9.0", true),
        ("http://e/p|1.10.0-ballot", "1.10.0-ballot", true),
        ("http://e/p|1.1", "1.10.0", false),
        ("http://e/p#part", "1.10.0", true),
    ] {
        let found = definitions
            .resolve(Kind::StructureDefinition, canonical)
            .unwrap();
        assert_eq!(
            (found.version.as_str(), found.exact),
            (version, exact),
            "{canonical}"
        );
    }
    let all: Vec<String> = definitions
        .resolve_all(Kind::StructureDefinition, "http://e/p")
        .map(|found| found.version)
        .collect();
    assert_eq!(all, ["1.10.0", "1.10.0-ballot", "1.9.0"]);
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
    for kind in Kind::ALL {
        for url in definitions
            .canonicals(kind)
            .filter(|url| url.starts_with("http://hl7.org/fhir/"))
        {
            let Some(found) = definitions.resolve(kind, url) else {
                panic!("{url}");
            };
            if found.package.starts_with("hl7.fhir.r4.core") {
                assert_no_prose(&found.resource, url);
            }
        }
    }
}

/// Values of elements may be of any form; everything else holds no member for text.
fn assert_no_prose(value: &serde_json::Value, url: &str) {
    const PROSE: [&str; 12] = [
        "text",
        "short",
        "definition",
        "comment",
        "human",
        "mapping",
        "requirements",
        "description",
        "purpose",
        "copyright",
        "meaningWhenMissing",
        "isModifierReason",
    ];
    match value {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                assert!(!PROSE.contains(&name.as_str()), "{name} in {url}");
                // The components of a search parameter are canonicals, called definition.
                if name == "component" {
                    continue;
                }
                if !name.starts_with("pattern") && !name.starts_with("fixed") {
                    assert_no_prose(value, url);
                }
            }
        }
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| assert_no_prose(item, url));
        }
        _ => {}
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

#[test]
fn real_packages_load_and_every_definition_in_them_reads() {
    let Some(shared) = shared() else {
        println!("skipped: no real packages at hand (FHIR_ASSAY_SHARED)");
        return;
    };
    let mut loaded = 0;
    for file in std::fs::read_dir(shared.join("fhir-packages")).unwrap() {
        let file = file.unwrap();
        // The large ones take a while in a build for tests.
        if file.metadata().unwrap().len() > 1_000_000 {
            continue;
        }
        let path = file.path();
        let package = Package::load(path.to_str().unwrap()).unwrap();
        assert_eq!(path.file_stem().unwrap(), package.manifest.id().as_str());
        let entries: Vec<_> = package
            .resources
            .iter()
            .map(|one| one.entry.clone())
            .collect();
        let definitions = Definitions::empty().with_package(package);
        for entry in entries {
            let canonical = format!("{}|{}", entry.url, entry.version);
            let found = definitions.resolve(entry.kind, &canonical);
            assert!(found.is_some_and(|found| found.exact), "{canonical}");
        }
        loaded += 1;
    }
    assert!(loaded > 10);
}
