//! Runs the tables of `tests/profiles/`: profiles in short, and what they say of resources.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fhir_assay::definition::Definitions;
use fhir_assay::fhir::{Issue, Severity};
use fhir_assay::package::Package;
use fhir_assay::profile::Validator;
use fhir_assay::profile::element::Element;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the profiles of a table live.
const BASE: &str = "http://t";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Profiles by name; their URL is `http://t/NAME`.
    profiles: BTreeMap<String, Profile>,
    /// Other definitions, whole.
    #[serde(default)]
    definitions: Vec<Value>,
    #[serde(default)]
    resources: BTreeMap<String, Value>,
    #[serde(default)]
    rows: Vec<Row>,
    /// What a profile's elements come to, where slices, fixed values or mandatory elements are: id,
    /// cardinality, types, slicing, value; then what fits nowhere.
    #[serde(default)]
    snapshots: BTreeMap<String, Vec<String>>,
    /// Profiles that can't be used, and why.
    #[serde(default)]
    refused: BTreeMap<String, String>,
}

/// A differential.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    of: String,
    /// Another base than the type itself.
    base: Option<String>,
    /// Of an extension: its contexts and their invariants.
    #[serde(default)]
    contexts: Vec<Value>,
    #[serde(default)]
    invariants: Vec<String>,
    /// Profiles that are imposed beside it.
    #[serde(default)]
    imposes: Vec<String>,
    /// True for a definition that is part of FHIR itself.
    #[serde(default)]
    of_fhir: bool,
    elements: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    of: String,
    /// The profile; none: what the resource claims.
    #[serde(default)]
    profile: Option<String>,
    /// What is put where; null takes it out.
    #[serde(default)]
    with: BTreeMap<String, Value>,
    /// The issues: `rule pointer: message`, with the severity before it where that is no error.
    #[serde(default)]
    tells: Vec<String>,
    /// What was not checked.
    #[serde(default)]
    unchecked: Option<Vec<String>>,
    /// The rule of the specification.
    rule: String,
}

impl Profile {
    fn definition(&self, name: &str) -> Value {
        let base = self.base.as_ref().map_or_else(
            || format!("http://hl7.org/fhir/StructureDefinition/{}", self.of),
            |base| format!("{BASE}/{base}"),
        );
        let kind = match self.of.as_str() {
            "Extension" | "HumanName" | "Identifier" | "CodeableConcept" | "Quantity" => {
                "complex-type"
            }
            _ => "resource",
        };
        let imposed = |name: &String| {
            json!({
                "url": "http://hl7.org/fhir/StructureDefinition/structuredefinition-imposeProfile",
                "valueCanonical": format!("{BASE}/{name}")
            })
        };
        let mut definition = json!({
            "resourceType": "StructureDefinition",
            "url": format!("{BASE}/{name}"),
            "name": name, "status": "draft", "kind": kind, "abstract": false, "type": self.of,
            "baseDefinition": base, "derivation": "constraint",
            "differential": { "element": self.elements }
        });
        if self.of_fhir {
            definition["version"] = "4.0.1".into();
            definition["fhirVersion"] = "4.0.1".into();
        }
        if !self.contexts.is_empty() {
            definition["context"] = self.contexts.clone().into();
            definition["contextInvariant"] = self.invariants.clone().into();
        }
        if !self.imposes.is_empty() {
            let imposed: Vec<Value> = self.imposes.iter().map(imposed).collect();
            // Another extension, which imposes nothing.
            let other = json!({ "url": "http://other", "valueCanonical": format!("{BASE}/none") });
            definition["extension"] = std::iter::once(other).chain(imposed).collect();
        }
        definition
    }
}

impl Table {
    fn validator(&self) -> Validator {
        let profiles = self.profiles.iter();
        let definitions = profiles
            .map(|(name, profile)| profile.definition(name))
            .chain(self.definitions.iter().cloned());
        let files = (1..).zip(definitions).map(|(number, definition)| {
            let json = definition.to_string().into_bytes();
            (format!("{number}.json"), Cow::Owned(json))
        });
        let package = Package::from_files("table", files).expect("a package");
        Validator::new(Definitions::embedded().with_package(package))
    }

    /// What differs from the row.
    fn judge(&self, row: &Row, validator: &Validator) -> Option<String> {
        let mut resource = self.resources[&row.of].clone();
        for (pointer, value) in &row.with {
            put(&mut resource, pointer, value);
        }
        let profiles: Vec<String> = row
            .profile
            .iter()
            .map(|name| format!("{BASE}/{name}"))
            .collect();
        if let Err(problem) = validator.prepare(&profiles) {
            return Some(problem.to_string());
        }
        let validation = validator.validate(&resource, &profiles);
        let told: Vec<String> = validation
            .issues
            .iter()
            // Advice: few of the resources have a narrative.
            .filter(|issue| issue.rule != "dom-6")
            .map(told)
            .collect();
        let gaps = validation.unchecked.iter();
        let gaps: Vec<String> = gaps
            .map(|gap| format!("{}: {}", gap.what, gap.why))
            .collect();
        if told != row.tells {
            return Some(format!("tells {told:#?}, not {:#?}", row.tells));
        }
        let is_other = row.unchecked.as_ref().is_some_and(|known| gaps != *known);
        is_other.then(|| format!("unchecked {gaps:#?}, not {:#?}", row.unchecked))
    }
}

/// The snapshot of a profile in lines.
fn lines(table: &Table, name: &str, validator: &Validator) -> Vec<String> {
    let definition = Arc::new(table.profiles[name].definition(name));
    let snapshot = match validator.generate_snapshot(&definition) {
        Ok(snapshot) => snapshot,
        Err(problem) => return vec![problem.to_string()],
    };
    let told = |element: &&Element| {
        let is_given = element.fixed.is_some() || element.pattern.is_some();
        element.slice_name.is_some() || element.slicing.is_some() || element.min() > 0 || is_given
    };
    let elements = snapshot.root.flatten().into_iter().filter(told).map(line);
    elements.chain(snapshot.gaps).collect()
}

fn line(element: &Element) -> String {
    let types: Vec<&str> = element
        .types
        .iter()
        .map(|kind| kind.code.as_str())
        .collect();
    let mut line = format!(
        "{} {}..{} {}",
        element.id,
        element.min(),
        element.max(),
        types.join("|")
    );
    if let Some(slicing) = &element.slicing {
        line.push_str(&format!(" sliced {:?}", slicing.rules));
        for one in &slicing.discriminators {
            line.push_str(&format!(" {:?} {}", one.kind, one.path));
        }
    }
    for value in element.fixed.iter().chain(&element.pattern) {
        line.push_str(&format!(" = {value}"));
    }
    line
}

/// `error slice-min /component: message`; what is wrong at the root has no pointer.
fn told(issue: &Issue) -> String {
    let severity = match issue.severity {
        Severity::Information => "information ",
        Severity::Warning => "warning ",
        _ => "",
    };
    format!(
        "{severity}{} {}: {}",
        issue.rule, issue.location.pointer, issue.message
    )
}

fn put(resource: &mut Value, pointer: &str, value: &Value) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match resource.pointer_mut(parent).expect("its parent") {
        Value::Object(members) if value.is_null() => drop(members.remove(name)),
        Value::Object(members) => drop(members.insert(name.to_owned(), value.clone())),
        Value::Array(items) => match name.parse::<usize>() {
            Ok(index) if value.is_null() => drop(items.remove(index)),
            Ok(index) if index < items.len() => items[index] = value.clone(),
            _ => items.push(value.clone()),
        },
        _ => panic!("nothing can be put at {pointer}"),
    }
}

#[test]
fn profiles_say_what_the_tables_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profiles");
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder of tables") {
        let path = entry.expect("entry").path();
        let text = std::fs::read_to_string(&path).expect("a table");
        let table: Table =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let validator = table.validator();
        for (name, why) in &table.refused {
            let found = validator.prepare(&[format!("{BASE}/{name}")]);
            let found = found.map_err(|problem| problem.to_string());
            if found.as_ref() != Err(why) {
                wrong.push(format!("{path:?} {name}: {found:?}, not {why:?}"));
            }
        }
        for (name, known) in &table.snapshots {
            let found = lines(&table, name, &validator);
            if found != *known {
                wrong.push(format!("{path:?} {name}: {found:#?}, not {known:#?}"));
            }
        }
        for (index, row) in (1..).zip(&table.rows) {
            if let Some(problem) = table.judge(row, &validator) {
                let file = path.file_name().unwrap_or_default();
                wrong.push(format!("{file:?} row {index} ({}): {problem}", row.rule));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
