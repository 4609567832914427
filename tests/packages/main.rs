//! Packages from a registry: installed, pinned, verified, used; and every hostile answer refused.

#[path = "../common/mod.rs"]
mod common;
mod refused;
mod registry;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Finished, assay};
use registry::{Registry, manifest, sound};
use serde_json::{Value, json};
use tempfile::TempDir;

fn install(folder: &Path, registry: &Registry, package: &str) -> Finished {
    let arguments = ["packages", "install", package, "--registry", &registry.url];
    assay(folder, &arguments)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A profile of Patient that demands a name, or builds on another profile.
fn profile(url: &str, base: Option<&str>) -> (&'static str, Value) {
    let element = match base {
        Some(_) => json!([{ "id": "Patient", "path": "Patient" }]),
        None => json!([{ "id": "Patient.name", "path": "Patient.name", "min": 1 }]),
    };
    let definition = json!({
        "resourceType": "StructureDefinition", "url": url, "version": "1.0.0", "name": "P",
        "status": "active", "kind": "resource", "abstract": false, "type": "Patient",
        "baseDefinition": base.unwrap_or("http://hl7.org/fhir/StructureDefinition/Patient"),
        "derivation": "constraint", "differential": { "element": element },
    });
    ("StructureDefinition-p.json", definition)
}

const BASE: &str = "http://e.example/base";
const TOP: &str = "http://e.example/top";

/// `e.top` builds on `e.base` (1.0.x) and on FHIR, which is built in.
fn publish(registry: &Registry) {
    let base =
        |version: &str| sound(&[manifest("e.base", version, json!({})), profile(BASE, None)]);
    let versions = [
        ("1.0.0", base("1.0.0")),
        ("1.0.2", base("1.0.2")),
        ("2.0.0", base("2.0.0")),
    ];
    registry.publish("e.base", &versions);
    let needs = json!({ "e.base": "1.0.x", "hl7.fhir.r4.core": "4.0.1" });
    let top = sound(&[manifest("e.top", "1.0.0", needs), profile(TOP, Some(BASE))]);
    registry.publish("e.top", &[("1.0.0", top)]);
}

fn patients(folder: &Path) {
    let named = json!({ "resourceType": "Patient", "name": [{ "family": "A" }] });
    let bare = json!({ "resourceType": "Patient", "active": true });
    fs::write(folder.join("named.json"), named.to_string()).expect("a file");
    fs::write(folder.join("bare.json"), bare.to_string()).expect("a file");
}

fn validate(folder: &Path, file: &str, more: &[&str]) -> Finished {
    let arguments = [
        "validate",
        file,
        "--package",
        "e.top#1.0.0",
        "--profile",
        TOP,
    ];
    assay(folder, &[&arguments, more].concat())
}

#[test]
fn a_package_comes_with_what_it_builds_on_and_is_then_used_offline() {
    let folder = folder();
    patients(folder.path());
    let registry = Registry::start();
    publish(&registry);
    let done = install(folder.path(), &registry, "e.top");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(done.stdout, "e.base#1.0.2\ne.top#1.0.0\n");
    assert!(
        done.stderr.contains("installed e.base#1.0.2"),
        "{}",
        done.stderr
    );
    let lock = fs::read_to_string(folder.path().join("fhir-assay.lock")).expect("a lock file");
    for part in ["e.base", "1.0.2", "1.0.x", "sha512-", "sha256-"] {
        assert!(lock.contains(part), "{part} in {lock}");
    }
    drop(registry);

    assert_eq!(validate(folder.path(), "named.json", &[]).code, 0);
    let done = validate(folder.path(), "bare.json", &[]);
    assert_eq!(done.code, 1, "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("name"), "{}", done.stdout);
    assert_eq!(done.stderr, "");
    let again = assay(
        folder.path(),
        &["packages", "install", "--registry", "http://127.0.0.1:1"],
    );
    assert_eq!(again.code, 0, "nothing to ask for: {}", again.stderr);
}

#[test]
fn what_was_changed_after_installation_is_noticed() {
    let folder = folder();
    patients(folder.path());
    let registry = Registry::start();
    publish(&registry);
    assert_eq!(install(folder.path(), &registry, "e.top#1.0.0").code, 0);
    let verified = assay(folder.path(), &["packages", "verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    let changed = folder
        .path()
        .join("cache/e.base#1.0.2/package/StructureDefinition-p.json");
    fs::write(changed, "{}").expect("a file");
    let verified = assay(folder.path(), &["packages", "verify"]);
    assert_eq!(verified.code, 1);
    assert!(
        verified
            .stdout
            .contains("e.base#1.0.2  its files were changed"),
        "{}",
        verified.stdout
    );
    assert!(
        verified.stdout.contains("e.top#1.0.0  as pinned"),
        "{}",
        verified.stdout
    );
    let used = validate(folder.path(), "named.json", &[]);
    assert_eq!(used.code, 2, "{}", used.stdout);
    assert!(used.stderr.contains("lock file pins"), "{}", used.stderr);
}

#[test]
fn an_archive_that_was_replaced_is_not_the_pinned_one() {
    let folder = folder();
    let registry = Registry::start();
    publish(&registry);
    assert_eq!(install(folder.path(), &registry, "e.base#1.0.0").code, 0);
    fs::remove_dir_all(folder.path().join("cache")).expect("removed");
    let other = sound(&[
        manifest("e.base", "1.0.0", json!({})),
        profile("http://e.example/x", None),
    ]);
    registry.publish("e.base", &[("1.0.0", other)]);
    let done = install(folder.path(), &registry, "e.base#1.0.0");
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("lock file pins"), "{}", done.stderr);
    assert!(!folder.path().join("cache/e.base#1.0.0").exists());
}

#[test]
fn newer_versions_come_only_when_asked_for() {
    let folder = folder();
    let registry = Registry::start();
    let version =
        |version: &str| sound(&[manifest("e.base", version, json!({})), profile(BASE, None)]);
    registry.publish("e.base", &[("1.0.0", version("1.0.0"))]);
    assert_eq!(
        install(folder.path(), &registry, "e.base#1.0.x").stdout,
        "e.base#1.0.0\n"
    );
    registry.publish(
        "e.base",
        &[("1.0.0", version("1.0.0")), ("1.0.1", version("1.0.1"))],
    );
    assert_eq!(
        install(folder.path(), &registry, "e.base#1.0.x").stdout,
        "e.base#1.0.0\n"
    );
    let arguments = [
        "packages",
        "install",
        "e.base#1.0.x",
        "--update",
        "--registry",
        &registry.url,
    ];
    assert_eq!(assay(folder.path(), &arguments).stdout, "e.base#1.0.1\n");
    let listed = assay(folder.path(), &["packages", "list"]);
    assert_eq!(
        listed.stdout,
        "e.base#1.0.0  pinned\ne.base#1.0.1  pinned\n"
    );
}

#[test]
fn a_missing_dependency_is_a_warning_that_names_what_it_leaves_unchecked() {
    let folder = folder();
    patients(folder.path());
    let registry = Registry::start();
    let needs = json!({ "e.gone": "3.0.0", "e.unused": "1.0.0" });
    let top = sound(&[
        manifest("e.top", "1.0.0", needs),
        (
            "StructureDefinition-p.json",
            json!({
                "resourceType": "StructureDefinition", "url": TOP, "version": "1.0.0", "name": "P",
                "status": "active", "kind": "resource", "abstract": false, "type": "Patient",
                "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
                "derivation": "constraint", "differential": { "element": [{
                    "id": "Patient.managingOrganization", "path": "Patient.managingOrganization",
                    "type": [{ "code": "Reference", "targetProfile": ["http://e.example/gone"] }],
                }] },
            }),
        ),
    ]);
    registry.publish("e.top", &[("1.0.0", top)]);
    let done = install(folder.path(), &registry, "e.top#1.0.0");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stderr
            .contains("e.top#1.0.0 builds on e.gone#3.0.0: no package e.gone in"),
        "{}",
        done.stderr
    );
    let done = validate(folder.path(), "named.json", &[]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    for part in [
        "warning: e.top#1.0.0",
        "e.gone#3.0.0",
        "not checked",
        "http://e.example/gone",
    ] {
        assert!(done.stderr.contains(part), "{part} in {}", done.stderr);
    }
}

#[test]
fn nothing_is_downloaded_unless_a_registry_is_named() {
    let folder = folder();
    patients(folder.path());
    let done = validate(folder.path(), "named.json", &[]);
    assert_eq!(done.code, 2);
    assert!(
        done.stderr.contains("packages install e.top#1.0.0"),
        "{}",
        done.stderr
    );
    let registry = Registry::start();
    publish(&registry);
    let done = validate(folder.path(), "bare.json", &["--registry", &registry.url]);
    assert_eq!(done.code, 1, "{}{}", done.stdout, done.stderr);
    assert!(
        done.stderr.contains("installed e.top#1.0.0"),
        "{}",
        done.stderr
    );
    assert!(
        !folder.path().join("fhir-assay.lock").exists(),
        "only `packages install` begins one"
    );
}

/// The registry that the npm client of this machine is set to, where there is one.
fn npm_registry() -> Option<String> {
    let configured = std::env::var("npm_config_registry").ok().or_else(|| {
        let npm = Command::new("npm")
            .args(["config", "get", "registry"])
            .output();
        String::from_utf8(npm.ok().filter(|npm| npm.status.success())?.stdout).ok()
    })?;
    let url = configured.trim().to_owned();
    url.starts_with("http").then_some(url)
}

#[test]
fn a_real_package_comes_from_a_real_registry() {
    let Some(url) = npm_registry() else {
        eprintln!("skipped: no npm client is set up here");
        return;
    };
    let folder = folder();
    let package = "hl7.fhir.uv.ips@2.0.0";
    let done = assay(
        folder.path(),
        &["packages", "install", package, "--registry", &url],
    );
    if done.stderr.contains("cannot be reached") {
        eprintln!("skipped: the registry of the npm client cannot be reached");
        return;
    }
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stdout.contains("hl7.fhir.uv.ips#2.0.0"),
        "{}",
        done.stdout
    );
    assert_eq!(assay(folder.path(), &["packages", "verify"]).code, 0);
}
