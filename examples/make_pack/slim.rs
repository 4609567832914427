//! Leaves of a conformance resource what a program needs: facts, no prose.

use serde_json::{Map, Value};

/// Members that stay, by the member that holds the object. What is not listed here goes.
const RESOURCE: &[&str] = &[
    // All
    "resourceType",
    "id",
    "url",
    "version",
    "name",
    "status",
    // StructureDefinition
    "fhirVersion",
    "kind",
    "abstract",
    "context",
    "contextInvariant",
    "type",
    "baseDefinition",
    "derivation",
    "snapshot",
    "differential",
    // ValueSet
    "compose",
    // CodeSystem
    "caseSensitive",
    "valueSet",
    "hierarchyMeaning",
    "compositional",
    "content",
    "supplements",
    "property",
    "concept",
    // SearchParameter
    "code",
    "base",
    "expression",
    "target",
    "multipleOr",
    "multipleAnd",
    "comparator",
    "modifier",
    "chain",
    "component",
];
const ELEMENT: &[&str] = &[
    "id",
    "path",
    "representation",
    "sliceName",
    "sliceIsConstraining",
    "slicing",
    "min",
    "max",
    "base",
    "contentReference",
    "type",
    "maxLength",
    "condition",
    "constraint",
    "mustSupport",
    "isModifier",
    "isSummary",
    "binding",
];
const CONSTRAINT: &[&str] = &["key", "severity", "expression", "source", "extension"];
const BINDING: &[&str] = &["strength", "valueSet", "extension"];
const SLICING: &[&str] = &["discriminator", "ordered", "rules"];
const CONCEPT: &[&str] = &["code", "display", "designation", "property", "concept"];
const SET: &[&str] = &["system", "version", "concept", "filter", "valueSet"];

/// Members of an element whose name begins so hold values.
const VALUES: &[&str] = &["fixed", "pattern", "minValue", "maxValue"];
/// Extensions that say something a program acts on.
const EXTENSIONS: &[&str] = &[
    "http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice",
    "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet",
    "http://hl7.org/fhir/StructureDefinition/regex",
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type",
];
/// The resource without prose.
pub fn slim(resource: &Value) -> Value {
    let mut slim = keep(resource, RESOURCE);
    // What is true of nearly all, and no more than bookkeeping.
    slim.remove("status");
    for part in ["snapshot", "differential"] {
        if let Some(elements) = resource[part]["element"].as_array() {
            let elements: Vec<Value> = elements.iter().map(element).collect();
            slim.insert(part.to_owned(), serde_json::json!({ "element": elements }));
        }
    }
    // A type's differential says nothing that its snapshot does not.
    if resource["derivation"] != "constraint" {
        slim.remove("differential");
    }
    if let Some(compose) = slim.get_mut("compose") {
        *compose = composition(compose);
    }
    each(&mut slim, "property", |property| {
        object(property, &["code", "type"])
    });
    each(&mut slim, "concept", concept);
    Value::Object(slim)
}

fn element(element: &Value) -> Value {
    let mut slim = keep(element, ELEMENT);
    if let Some(members) = element.as_object() {
        for (name, value) in members {
            let name_of_value = name.strip_prefix('_').unwrap_or(name);
            if VALUES
                .iter()
                .any(|prefix| name_of_value.starts_with(prefix))
            {
                slim.insert(name.clone(), value.clone());
            }
        }
    }
    each(&mut slim, "constraint", |constraint| {
        object(constraint, CONSTRAINT)
    });
    each(&mut slim, "type", |kind| {
        let mut kind = kind.as_object().cloned().unwrap_or_default();
        keep_extensions(&mut kind);
        Value::Object(kind)
    });
    for (name, members) in [("binding", BINDING), ("slicing", SLICING)] {
        if let Some(value) = slim.get_mut(name) {
            *value = object(value, members);
        }
    }
    for flag in ["isModifier", "isSummary", "mustSupport"] {
        if slim.get(flag) == Some(&Value::Bool(false)) {
            slim.remove(flag);
        }
    }
    Value::Object(slim)
}

fn composition(compose: &Value) -> Value {
    let mut slim = keep(compose, &["include", "exclude", "inactive"]);
    for part in ["include", "exclude"] {
        each(&mut slim, part, |set| {
            let mut set = keep(set, SET);
            each(&mut set, "concept", |concept| object(concept, &["code"]));
            Value::Object(set)
        });
    }
    Value::Object(slim)
}

fn concept(value: &Value) -> Value {
    let mut slim = keep(value, CONCEPT);
    each(&mut slim, "designation", |designation| {
        object(designation, &["language", "value"])
    });
    each(&mut slim, "concept", concept);
    Value::Object(slim)
}

fn object(value: &Value, members: &[&str]) -> Value {
    Value::Object(keep(value, members))
}

/// The object's members of these names; of its extensions those a program acts on.
fn keep(value: &Value, members: &[&str]) -> Map<String, Value> {
    let mut slim: Map<String, Value> = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| members.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    keep_extensions(&mut slim);
    slim
}

fn keep_extensions(object: &mut Map<String, Value>) {
    if let Some(Value::Array(extensions)) = object.get_mut("extension") {
        extensions.retain(|extension| {
            extension["url"]
                .as_str()
                .is_some_and(|url| EXTENSIONS.contains(&url))
        });
        if extensions.is_empty() {
            object.remove("extension");
        }
    }
}

fn each(object: &mut Map<String, Value>, member: &str, change: impl Fn(&Value) -> Value) {
    if let Some(Value::Array(items)) = object.get_mut(member) {
        for item in items {
            *item = change(item);
        }
    }
}
