//! The embedded guides: every file is sound by itself, and says what the real package says where that
//! is at hand.

use std::path::{Path, PathBuf};

use serde_json::Value;

mod against_packages;
mod alone;
mod at_work;
mod verdicts;

/// Folder below `definitions/` → the package it speaks of.
const GUIDES: &[(&str, &str)] = &[
    ("eu-base", "hl7.fhir.eu.base#2.0.0"),
    ("eu-extensions", "hl7.fhir.eu.extensions.r4#1.2.1-ci-build"),
    ("eu-mpd", "hl7.fhir.eu.mpd#1.0.0"),
    ("extensions", "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1"),
    (
        "health-data-api",
        "hl7.fhir.eu.health-data-api#1.0.0-ballot",
    ),
    ("ihe-mpd", "ihe.pharm.mpd.r4#1.0.0-comment-3"),
    ("ipa", "hl7.fhir.uv.ipa#1.1.0"),
    ("ips", "hl7.fhir.uv.ips#2.0.0"),
    ("mhd", "ihe.iti.mhd#4.2.4-current"),
    ("mxde", "ihe.iti.mxde#1.3.1-current"),
    ("pdqm", "ihe.iti.pdqm#3.2.0"),
    ("terminology", "hl7.terminology.r4#7.0.1"),
];

/// One file of a guide.
struct File {
    folder: &'static str,
    path: PathBuf,
    text: String,
    json: Value,
}

impl File {
    fn name(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    fn text_of(&self, member: &str) -> &str {
        self.json[member]
            .as_str()
            .unwrap_or_else(|| panic!("{}: {member} is missing", self.path.display()))
    }

    fn is(&self, resource_type: &str) -> bool {
        self.json["resourceType"] == resource_type
    }
}

fn definitions_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions")
}

/// Every file of every guide, `package.json` among them, in a fixed order.
fn files() -> Vec<File> {
    let mut files: Vec<File> = GUIDES
        .iter()
        .flat_map(|(folder, _)| {
            std::fs::read_dir(definitions_folder().join(folder))
                .expect("a guide's folder")
                .map(|entry| read(folder, entry.expect("an entry").path()))
        })
        .collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn read(folder: &'static str, path: PathBuf) -> File {
    let text = std::fs::read_to_string(&path).expect("UTF-8");
    let json =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    File {
        folder,
        path,
        text,
        json,
    }
}

/// The conformance resources, without the `package.json` files.
fn resources() -> Vec<File> {
    let mut files = files();
    files.retain(|file| file.name() != "package.json");
    files
}

fn structures() -> Vec<File> {
    let mut files = resources();
    files.retain(|file| file.is("StructureDefinition"));
    files
}

/// The elements of a definition's differential.
fn elements(definition: &Value) -> impl Iterator<Item = &Value> {
    items(&definition["differential"]["element"])
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
