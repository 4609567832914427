//! What is refused: hostile archives, wrong answers, wrong use.

use std::fs;

use serde_json::{Value, json};

use super::registry::{Registry, Version, manifest, raw, sound};
use super::{BASE, assay, folder, install, profile, publish};

fn base_version() -> Version {
    sound(&[manifest("e.base", "1.0.0", json!({})), profile(BASE, None)])
}

fn stated(dist: fn(&mut Value)) -> Version {
    Version {
        dist,
        ..base_version()
    }
}

fn with_path(path: &str) -> Version {
    let manifest = manifest("e.base", "1.0.0", json!({})).1.to_string();
    raw(&[
        ("package/package.json".to_owned(), manifest),
        (path.to_owned(), "{}".to_owned()),
    ])
}

#[test]
fn hostile_archives_and_wrong_answers_leave_nothing_behind() {
    for (version, expected) in [
        (
            stated(|dist| dist["integrity"] = json!("sha512-AAAA")),
            "its hash is not the one",
        ),
        (
            stated(|dist| dist["shasum"] = json!("00")),
            "its hash is not the one",
        ),
        (
            stated(|dist| dist["tarball"] = json!("file:///etc/passwd")),
            "no http or https URL",
        ),
        (
            stated(|dist| dist["tarball"] = json!("/nowhere.tgz")),
            "status 404",
        ),
        (stated(|dist| dist["tarball"] = json!("/loop")), "redirects"),
        (
            stated(|dist| dist["tarball"] = json!("/endless.tgz")),
            "reading was stopped",
        ),
        (
            stated(|dist| *dist = json!(7)),
            "does not answer as an npm registry does",
        ),
        (
            with_path("package/../../../out.json"),
            "leads out of the package",
        ),
        (with_path("/out.json"), "leads out of the package"),
        (
            sound(&[manifest("e.other", "1.0.0", json!({}))]),
            "says that it is e.other#1.0.0",
        ),
        (sound(&[profile(BASE, None)]), "no package/package.json"),
        (
            Version {
                archive: b"<html></html>".to_vec(),
                dist: |_| {},
            },
            "is refused",
        ),
    ] {
        let folder = folder();
        let registry = Registry::start();
        registry.publish("e.base", &[("1.0.0", version)]);
        let done = install(folder.path(), &registry, "e.base#1.0.0");
        assert_eq!(done.code, 2, "{expected}: {}", done.stdout);
        assert!(
            done.stderr.contains(expected),
            "{expected} in {}",
            done.stderr
        );
        let cache = fs::read_dir(folder.path().join("cache"))
            .into_iter()
            .flatten();
        assert_eq!(cache.count(), 0, "{expected}");
        assert!(!folder.path().join("out.json").exists());
    }
}

#[test]
fn wrong_use_says_what_to_do() {
    let registry = Registry::start();
    publish(&registry);
    registry.put("e.html", "<html></html>");
    for (arguments, expected) in [
        (vec!["packages", "install"], "name a package"),
        (
            vec!["packages", "install", "e.none", "--registry", &registry.url],
            "no package e.none in",
        ),
        (
            vec![
                "packages",
                "install",
                "e.base#3.0.0",
                "--registry",
                &registry.url,
            ],
            "the registry has 2.0.0, 1.0.2",
        ),
        (
            vec![
                "packages",
                "install",
                "e.base#current",
                "--registry",
                &registry.url,
            ],
            "no registry holds",
        ),
        (
            vec!["packages", "install", "e.html", "--registry", &registry.url],
            "does not answer as an npm registry",
        ),
        (
            vec!["packages", "install", "e.base", "--registry", "ftp://h/"],
            "not the URL of a registry",
        ),
        (
            vec![
                "packages",
                "install",
                "e.base",
                "--registry",
                "http://u:secret@h/",
            ],
            "user name or password",
        ),
        (
            vec!["packages", "install", "../e.base#1.0.0"],
            "../e.base#1.0.0",
        ),
        (vec!["packages", "verify"], "pins no package"),
    ] {
        let folder = folder();
        let done = assay(folder.path(), &arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.stdout);
        assert!(
            done.stderr.contains(expected),
            "{expected} in {}",
            done.stderr
        );
        assert!(!done.stderr.contains("secret"), "{}", done.stderr);
    }
}
