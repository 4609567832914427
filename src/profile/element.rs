//! The facts of an ElementDefinition (FHIR R4 elementdefinition) that validation needs.

use std::sync::Arc;

use serde_json::Value;

/// One element of a definition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Element {
    /// Element id, such as `Observation.component:systolic.code`.
    pub id: String,
    /// Path, such as `Observation.component.code`.
    pub path: String,
    /// Path of the element this one constrains, in the type where it was first defined.
    pub base_path: Option<String>,
    pub slice_name: Option<String>,
    pub min: Option<u32>,
    pub max: Option<Max>,
    pub types: Vec<TypeRef>,
    /// `#Observation.referenceRange`.
    pub content_reference: Option<String>,
    pub fixed: Option<Arc<Value>>,
    pub pattern: Option<Arc<Value>>,
    pub min_value: Option<Arc<Value>>,
    pub max_value: Option<Arc<Value>>,
    pub max_length: Option<u64>,
    pub binding: Option<Binding>,
    pub constraints: Vec<Constraint>,
    pub slicing: Option<Slicing>,
}

/// Upper cardinality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Max {
    Times(u32),
    Unbounded,
}

impl Max {
    /// True if more than one is allowed.
    pub fn is_list(self) -> bool {
        self > Self::Times(1)
    }
}

impl std::fmt::Display for Max {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Times(count) => write!(f, "{count}"),
            Self::Unbounded => f.write_str("*"),
        }
    }
}

/// An allowed type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeRef {
    /// FHIR type name; FHIRPath's own names are translated (`string`, `id`).
    pub code: String,
    /// Profiles of the type, one of which must hold.
    pub profiles: Vec<String>,
    /// For references: profiles or types of the target, one of which must hold.
    pub targets: Vec<String>,
    /// For references: how they may be kept (`contained`, `referenced`, `bundled`).
    pub aggregation: Vec<String>,
}

/// A binding to a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub strength: Strength,
    pub value_set: String,
    /// Value set that binds where the strength leaves room (extension `elementdefinition-maxValueSet`).
    pub max_value_set: Option<String>,
}

/// Binding strength (FHIR R4 value set `binding-strength`), weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    Example,
    Preferred,
    Extensible,
    Required,
}

/// An invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    pub key: String,
    /// True for severity error, false for warning.
    pub error: bool,
    pub human: String,
    pub expression: Option<String>,
    /// Advice, not a rule (extension `elementdefinition-bestpractice`).
    pub best_practice: bool,
}

/// How an element is sliced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slicing {
    pub discriminators: Vec<Discriminator>,
    pub rules: SlicingRules,
    pub ordered: bool,
}

/// Whether items outside the slices are allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SlicingRules {
    #[default]
    Open,
    OpenAtEnd,
    Closed,
}

/// What tells slices apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discriminator {
    pub kind: DiscriminatorKind,
    pub path: String,
}

/// FHIR R4 value set `discriminator-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscriminatorKind {
    Value,
    Exists,
    Pattern,
    Type,
    Profile,
    /// A code this version does not know.
    Unknown,
}

const EXTENSIONS: &str = "http://hl7.org/fhir/StructureDefinition/";

impl Element {
    /// Reads an ElementDefinition; `None` if it has no path.
    pub fn read(json: &Value) -> Option<Self> {
        let path = text(json, "path")?;
        Some(Self {
            id: text(json, "id").unwrap_or_default(),
            base_path: json
                .pointer("/base/path")
                .and_then(Value::as_str)
                .map(str::to_owned),
            slice_name: text(json, "sliceName"),
            min: json
                .get("min")
                .and_then(Value::as_u64)
                .and_then(|min| u32::try_from(min).ok()),
            max: text(json, "max").and_then(|max| match max.as_str() {
                "*" => Some(Max::Unbounded),
                count => count.parse().ok().map(Max::Times),
            }),
            types: list(json, "type")
                .iter()
                .filter_map(TypeRef::read)
                .collect(),
            content_reference: text(json, "contentReference"),
            fixed: choice(json, "fixed"),
            pattern: choice(json, "pattern"),
            min_value: choice(json, "minValue"),
            max_value: choice(json, "maxValue"),
            max_length: json.get("maxLength").and_then(Value::as_u64),
            binding: json.get("binding").and_then(Binding::read),
            constraints: list(json, "constraint")
                .iter()
                .filter_map(Constraint::read)
                .collect(),
            slicing: json.get("slicing").map(Slicing::read),
            path,
        })
    }

    /// Last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    pub fn min(&self) -> u32 {
        self.min.unwrap_or(0)
    }

    pub fn max(&self) -> Max {
        self.max.unwrap_or(Max::Unbounded)
    }
}

impl TypeRef {
    fn read(json: &Value) -> Option<Self> {
        let code = text(json, "code")?;
        let code = match code.strip_prefix("http://hl7.org/fhirpath/System.") {
            Some(_) => fhir_type(json).unwrap_or_else(|| "string".to_owned()),
            None => code,
        };
        Some(Self {
            code,
            profiles: texts(json, "profile"),
            targets: texts(json, "targetProfile"),
            aggregation: texts(json, "aggregation"),
        })
    }
}

/// The FHIR type that a FHIRPath type stands for.
fn fhir_type(json: &Value) -> Option<String> {
    let url = format!("{EXTENSIONS}structuredefinition-fhir-type");
    let extension = list(json, "extension")
        .iter()
        .find(|extension| extension.get("url").and_then(Value::as_str) == Some(&url))?;
    text(extension, "valueUrl").or_else(|| text(extension, "valueUri"))
}

impl Binding {
    fn read(json: &Value) -> Option<Self> {
        let url = format!("{EXTENSIONS}elementdefinition-maxValueSet");
        let max_value_set = list(json, "extension")
            .iter()
            .find(|extension| extension.get("url").and_then(Value::as_str) == Some(&url))
            .and_then(|extension| {
                text(extension, "valueCanonical").or_else(|| text(extension, "valueUri"))
            });
        Some(Self {
            strength: match json.get("strength")?.as_str()? {
                "required" => Strength::Required,
                "extensible" => Strength::Extensible,
                "preferred" => Strength::Preferred,
                _ => Strength::Example,
            },
            value_set: text(json, "valueSet").unwrap_or_default(),
            max_value_set,
        })
    }
}

impl Constraint {
    fn read(json: &Value) -> Option<Self> {
        let url = format!("{EXTENSIONS}elementdefinition-bestpractice");
        let best_practice = list(json, "extension").iter().any(|extension| {
            extension.get("url").and_then(Value::as_str) == Some(&url)
                && extension.get("valueBoolean").and_then(Value::as_bool) == Some(true)
        });
        Some(Self {
            key: text(json, "key")?,
            error: text(json, "severity").is_none_or(|severity| severity == "error"),
            human: text(json, "human").unwrap_or_default(),
            expression: text(json, "expression"),
            best_practice,
        })
    }
}

impl Slicing {
    fn read(json: &Value) -> Self {
        Self {
            discriminators: list(json, "discriminator")
                .iter()
                .map(|discriminator| Discriminator {
                    kind: match discriminator.get("type").and_then(Value::as_str) {
                        Some("value") => DiscriminatorKind::Value,
                        Some("exists") => DiscriminatorKind::Exists,
                        Some("pattern") => DiscriminatorKind::Pattern,
                        Some("type") => DiscriminatorKind::Type,
                        Some("profile") => DiscriminatorKind::Profile,
                        _ => DiscriminatorKind::Unknown,
                    },
                    path: text(discriminator, "path").unwrap_or_default(),
                })
                .collect(),
            rules: match json.get("rules").and_then(Value::as_str) {
                Some("closed") => SlicingRules::Closed,
                Some("openAtEnd") => SlicingRules::OpenAtEnd,
                _ => SlicingRules::Open,
            },
            ordered: json.get("ordered").and_then(Value::as_bool) == Some(true),
        }
    }
}

fn text(json: &Value, key: &str) -> Option<String> {
    json.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn list<'a>(json: &'a Value, key: &str) -> &'a [Value] {
    json.get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn texts(json: &Value, key: &str) -> Vec<String> {
    list(json, key)
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The value of a choice element of ElementDefinition (`fixedCode`, `patternQuantity`).
fn choice(json: &Value, name: &str) -> Option<Arc<Value>> {
    json.as_object()?
        .iter()
        .find(|(key, _)| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
        })
        .map(|(_, value)| Arc::new(value.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn element(member: &str, value: &Value) -> Element {
        let json = json!({ "path": "Patient.x", member: value });
        Element::read(&json).expect("an element")
    }

    #[test]
    fn bindings_are_as_strong_as_they_say() {
        for (word, strength) in [
            ("required", Strength::Required),
            ("extensible", Strength::Extensible),
            ("preferred", Strength::Preferred),
            ("example", Strength::Example),
        ] {
            let binding = element("binding", &json!({ "strength": word, "valueSet": "v" })).binding;
            let binding = binding.expect("a binding");
            assert_eq!((binding.strength, binding.max_value_set), (strength, None));
        }
        let maximum = |url: &str| {
            let extension = json!([{ "url": url, "valueCanonical": "m" }]);
            let binding = json!({ "strength": "preferred", "extension": extension });
            element("binding", &binding)
                .binding
                .expect("a binding")
                .max_value_set
        };
        let known = format!("{EXTENSIONS}elementdefinition-maxValueSet");
        assert_eq!(maximum(&known).as_deref(), Some("m"));
        assert_eq!(maximum("http://other"), None);
    }

    #[test]
    fn slices_are_told_apart_as_they_say() {
        for (word, kind) in [
            ("value", DiscriminatorKind::Value),
            ("exists", DiscriminatorKind::Exists),
            ("pattern", DiscriminatorKind::Pattern),
            ("type", DiscriminatorKind::Type),
            ("profile", DiscriminatorKind::Profile),
            ("position", DiscriminatorKind::Unknown),
        ] {
            let slicing = json!({ "discriminator": [{ "type": word, "path": "p" }] });
            let slicing = element("slicing", &slicing).slicing.expect("a slicing");
            assert_eq!(slicing.discriminators[0].kind, kind);
        }
        for (word, rules) in [
            ("open", SlicingRules::Open),
            ("openAtEnd", SlicingRules::OpenAtEnd),
            ("closed", SlicingRules::Closed),
        ] {
            let slicing = element("slicing", &json!({ "rules": word, "ordered": true })).slicing;
            let slicing = slicing.expect("a slicing");
            assert_eq!((slicing.rules, slicing.ordered), (rules, true));
        }
    }

    #[test]
    fn advice_is_told_from_rules() {
        let constraint = |url: &str, value: bool| {
            let extension = json!([{ "url": url, "valueBoolean": value }]);
            let constraint = json!([{ "key": "k", "severity": "warning", "extension": extension }]);
            let read = element("constraint", &constraint).constraints;
            (read[0].best_practice, read[0].error)
        };
        let known = format!("{EXTENSIONS}elementdefinition-bestpractice");
        assert_eq!(constraint(&known, true), (true, false));
        assert_eq!(constraint(&known, false), (false, false));
        assert_eq!(constraint("http://other", true), (false, false));
    }

    #[test]
    fn types_of_fhirpath_stand_for_those_of_fhir() {
        let known = format!("{EXTENSIONS}structuredefinition-fhir-type");
        for (url, member, expected) in [
            (known.as_str(), "valueUrl", "id"),
            (known.as_str(), "valueUri", "id"),
            ("http://other", "valueUrl", "string"),
        ] {
            let types = json!([{
                "code": "http://hl7.org/fhirpath/System.String",
                "extension": [{ "url": "http://another" }, { "url": url, member: "id" }]
            }]);
            assert_eq!(
                element("type", &types).types[0].code,
                expected,
                "{url} {member}"
            );
        }
    }

    #[test]
    fn cardinalities_are_written_as_they_are_read() {
        for max in ["0", "1", "7", "*"] {
            let read = element("max", &max.into()).max();
            assert_eq!(read.to_string(), max);
            assert_eq!(read.is_list(), matches!(max, "7" | "*"));
        }
        assert_eq!(element("min", &3.into()).min(), 3);
        assert_eq!(element("min", &Value::Null).name(), "x");
    }
}
