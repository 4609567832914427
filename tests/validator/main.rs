//! The profile validator against real packages, samples and recorded verdicts, where these are present.

#[path = "../common/findings.rs"]
mod findings;
mod snapshots;
mod speed;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use fhir_assay::definition::Definitions;
use fhir_assay::fhir::Severity;
use fhir_assay::package::Package;
use fhir_assay::profile::{Validation, Validator};
use serde_json::Value;

/// The folder with real packages and samples, where there is one.
fn shared() -> Option<PathBuf> {
    let folder = match std::env::var_os("FHIR_ASSAY_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
    };
    let present = folder.join("fhir-packages").is_dir();
    if !present {
        println!("skipped: {} holds no packages", folder.display());
    }
    present.then_some(folder)
}

/// The packages that samples refer to; the last wins.
const PACKAGES: &[&str] = &[
    "hl7.fhir.r4.core#4.0.1",
    "hl7.terminology.r4#7.0.1",
    "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1",
    "hl7.fhir.eu.extensions.r4#1.2.1-ci-build",
    "hl7.fhir.eu.base#2.0.0",
    "hl7.fhir.uv.ipa#1.1.0",
    "hl7.fhir.uv.ips#2.0.0",
    "hl7.fhir.us.core#6.1.0",
    "hl7.fhir.eu.laboratory#2.0.0",
    "hl7.fhir.eu.eps#1.0.0-xtehr",
    "hl7.fhir.eu.mpd#1.0.0",
    "hl7.fhir.eu.health-data-api#1.0.0-ballot",
    "ihe.iti.mhd#4.2.4-current",
    "ihe.iti.pdqm#3.2.0",
    "ihe.pharm.mpd.r4#1.0.0-comment-3",
];

static DEFINITIONS: LazyLock<Option<Definitions>> = LazyLock::new(|| {
    let folder = shared()?.join("fhir-packages");
    let mut definitions = Definitions::embedded();
    for name in PACKAGES {
        let file = folder.join(format!("{name}.tgz"));
        let package =
            Package::load(&file.to_string_lossy()).unwrap_or_else(|error| panic!("{error}"));
        definitions = definitions.with_package(package);
    }
    Some(definitions)
});

fn validator() -> Option<Validator> {
    DEFINITIONS.clone().map(Validator::new)
}

fn errors(validation: &Validation) -> Vec<String> {
    validation
        .issues
        .iter()
        .filter(|issue| issue.severity >= Severity::Error)
        .map(|issue| {
            format!(
                "    {} [{}] {} ({})",
                issue.location.expression,
                issue.rule,
                issue.message,
                issue.profile.as_deref().unwrap_or_default()
            )
        })
        .collect()
}

/// Errors that the samples have by right: as examples of R4, or by what packages define.
static LISTED: LazyLock<Vec<findings::Row>> = LazyLock::new(|| {
    let mut rows = findings::rows("tests/sweep/findings.yaml");
    rows.extend(findings::rows("tests/validator/by-packages.yaml"));
    rows
});

fn unlisted(file: &Path, mut validation: Validation) -> Validation {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    validation.issues.retain(|issue| {
        let place = &issue.location.expression;
        !LISTED.iter().any(|row| row.fits(&name, &issue.rule, place))
    });
    validation
}

/// Validates every file of a folder; files with errors that no list has, with these.
fn sweep(folder: &Path, validator: &Validator) -> (usize, Vec<String>) {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("readable");
        let validation = validator.validate_text(&text, &[]);
        let found = errors(&unlisted(file, validation));
        if !found.is_empty() {
            wrong.push(format!("{}\n{}", file.display(), found.join("\n")));
        }
    }
    (files.len(), wrong)
}

fn sweep_samples(name: &str) {
    let (Some(folder), Some(validator)) = (shared(), validator()) else {
        return;
    };
    let (count, wrong) = sweep(&folder.join("samples").join(name), &validator);
    println!(
        "{name}: {} of {count} with errors\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count > 0);
    assert!(wrong.is_empty(), "{} of {count} with errors", wrong.len());
}

#[test]
fn examples_of_hl7_are_valid() {
    sweep_samples("hl7ex");
}

/// What is embedded gives the same verdicts as the published core package.
#[test]
fn examples_are_valid_by_the_embedded_definitions() {
    let Some(folder) = shared() else { return };
    let validator = Validator::new(Definitions::embedded());
    for name in ["synthea", "hl7ex", "eu"] {
        let (count, wrong) = sweep(&folder.join("samples").join(name), &validator);
        println!(
            "embedded, {name}: {} of {count}\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        assert!(wrong.is_empty(), "{} of {count} with errors", wrong.len());
    }
}

#[test]
fn examples_of_the_guides_are_valid() {
    sweep_samples("eu");
}

#[test]
fn synthetic_patients_are_valid() {
    sweep_samples("synthea");
}

const MODULES: [&str; 9] = [
    "general",
    "profile",
    "bundle",
    "references",
    "extensions",
    "invariants",
    "xhtml",
    "api",
    "security",
];

#[test]
fn verdicts_agree_with_the_java_validator() {
    let (Some(folder), Some(definitions)) = (shared(), DEFINITIONS.clone()) else {
        return;
    };
    let folder = folder.join("validator-cases");
    let read = |path: &str| -> Option<String> { std::fs::read_to_string(folder.join(path)).ok() };
    let Some(cases) = read("cases.json") else {
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&cases).expect("cases");
    let (mut judged, mut agreed, mut false_alarms) = (0, 0, 0);
    for case in &cases {
        let text = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default();
        let ours = MODULES.contains(&text("module"));
        let wanted = case.get("errors").and_then(Value::as_u64) != Some(0);
        let supporting: Vec<(String, Cow<'static, [u8]>)> = case
            .get("supporting")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .chain(case.get("profile"))
            .filter_map(|path| {
                let path = path.as_str()?;
                Some((path.replace('/', "-"), Cow::Owned(read(path)?.into_bytes())))
            })
            .collect();
        let package = Package::from_files("case", supporting).unwrap_or_default();
        let profile = case
            .get("profile")
            .and_then(Value::as_str)
            .and_then(|path| serde_json::from_str::<Value>(&read(path)?).ok())
            .and_then(|profile| {
                profile
                    .get("url")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            });
        let validator = Validator::new(definitions.clone().with_package(package));
        let resource = read(text("resource")).expect("resource");
        let validation = validator.validate_text(&resource, profile.as_slice());
        let found = !validation.is_valid();
        if !ours {
            false_alarms += usize::from(found && !wanted);
            if found && !wanted {
                println!(
                    "FALSE ALARM {} {}\n{}",
                    text("module"),
                    text("name"),
                    errors(&validation).join("\n")
                );
            }
            continue;
        }
        judged += 1;
        if found == wanted {
            agreed += 1;
            continue;
        }
        println!(
            "DIFFERS {} {}: expected error: {wanted}",
            text("module"),
            text("name")
        );
        println!("{}", errors(&validation).join("\n"));
        for issue in case
            .get("issues")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if matches!(
                issue.get("severity").and_then(Value::as_str),
                Some("error" | "fatal")
            ) {
                println!("  JAVA {} {}", issue["expression"], issue["text"]);
            }
        }
        if let Some(profile) = &profile
            && let Err(error) = validator.prepare(std::slice::from_ref(profile))
        {
            println!("  {error}");
        }
        for gap in validation.unchecked.iter().take(8) {
            println!("  unchecked {}: {}", gap.what, gap.why);
        }
    }
    println!("{agreed} of {judged} agree; {false_alarms} false alarms in other modules");
    assert!(agreed >= 86, "{agreed} of {judged}");
    assert_eq!(false_alarms, 0);
}

/// Broken in one member at a time, the examples of the embedded guides get the same verdict from
/// the embedded differentials and from the published packages.
#[test]
fn embedded_guides_and_published_packages_agree() {
    let (Some(folder), Some(published)) = (shared(), validator()) else {
        return;
    };
    let embedded = Validator::new(Definitions::embedded());
    let (mut compared, mut differences) = (0, Vec::new());
    for entry in std::fs::read_dir(folder.join("samples/eu"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let text = std::fs::read_to_string(entry.path()).expect("readable");
        let original: Value = serde_json::from_str(&text).expect("json");
        let claims: Vec<String> = original
            .pointer("/meta/profile")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|claim| claim.as_str().map(str::to_owned))
            .collect();
        // What only the packages hold can't be compared.
        if claims.is_empty() || embedded.prepare(&claims).is_err() {
            continue;
        }
        let members: Vec<String> = original
            .as_object()
            .into_iter()
            .flat_map(|object| object.keys().cloned())
            .collect();
        for member in members
            .iter()
            .filter(|member| !matches!(member.as_str(), "resourceType" | "meta"))
        {
            let mut broken = original.clone();
            if let Some(object) = broken.as_object_mut() {
                object.remove(member);
            }
            let rules = |validator: &Validator| {
                let mut rules: Vec<String> = validator
                    .validate(&broken, &[])
                    .issues
                    .iter()
                    .filter(|issue| issue.severity >= Severity::Error)
                    .map(|issue| format!("{} {}", issue.rule, issue.location.pointer))
                    .collect();
                rules.sort();
                rules.dedup();
                rules
            };
            let (ours, theirs) = (rules(&embedded), rules(&published));
            compared += 1;
            if ours != theirs {
                differences.push(format!(
                    "{} without {member}: {ours:?} instead of {theirs:?}",
                    entry.file_name().display()
                ));
            }
        }
    }
    println!(
        "{} of {compared} differ\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(
        differences.is_empty(),
        "{} of {compared} differ",
        differences.len()
    );
}
