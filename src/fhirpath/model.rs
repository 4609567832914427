//! What FHIRPath must know of FHIR's types, read from StructureDefinitions on demand.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use serde_json::Value;

/// Most names that are remembered, wrong ones among them.
const MAX_KNOWN: usize = 10_000;

type Source = dyn Fn(&str) -> Option<Arc<Value>> + Send + Sync;

/// The types of FHIR: elements and inheritance, from the definition of each type.
pub struct Model {
    source: Box<Source>,
    types: RwLock<HashMap<String, Option<Arc<TypeFacts>>>>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Model")
    }
}

/// What is known of one type.
#[derive(Debug, Default)]
pub(crate) struct TypeFacts {
    base: Option<String>,
    pub(crate) primitive: bool,
    /// Path below the type (`contact.name`) → type; a choice under its name without `[x]`.
    elements: HashMap<String, ElementFacts>,
}

#[derive(Debug, Clone)]
struct ElementFacts {
    /// The only type, or the path of a backbone element; empty for a choice.
    type_name: Arc<str>,
}

impl Model {
    /// A model over a function that gives a type's StructureDefinition (with a snapshot) by name.
    pub fn new(source: impl Fn(&str) -> Option<Arc<Value>> + Send + Sync + 'static) -> Self {
        Self {
            source: Box::new(source),
            types: RwLock::default(),
        }
    }

    pub(crate) fn facts(&self, name: &str) -> Option<Arc<TypeFacts>> {
        if let Ok(types) = self.types.read()
            && let Some(found) = types.get(name)
        {
            return found.clone();
        }
        let facts = (self.source)(name)
            .filter(|definition| defines_type(definition, name))
            .map(|definition| Arc::new(TypeFacts::read(&definition)));
        // Names may come from content: what is unknown must not fill the memory.
        if let Ok(mut types) = self.types.write()
            && (facts.is_some() || types.len() < MAX_KNOWN)
        {
            types.insert(name.to_owned(), facts.clone());
        }
        facts
    }

    /// Type of the element `name` of a type or of a backbone element given by its path.
    pub(crate) fn child(&self, parent: &str, name: &str) -> Option<Arc<str>> {
        let (head, rest) = parent.split_once('.').unwrap_or((parent, ""));
        let facts = self.facts(head)?;
        let found = if rest.is_empty() {
            facts.elements.get(name)
        } else {
            facts.elements.get(&format!("{rest}.{name}"))
        };
        found.map(|element| Arc::clone(&element.type_name))
    }

    /// True if `name` is `base` or derived from it.
    pub(crate) fn is_a(&self, name: &str, base: &str) -> bool {
        if name == base {
            return true;
        }
        if name.contains('.') {
            return matches!(base, "BackboneElement" | "Element");
        }
        let mut current = name.to_owned();
        for _ in 0..10 {
            let Some(next) = self.facts(&current).and_then(|facts| facts.base.clone()) else {
                return false;
            };
            if next == base {
                return true;
            }
            current = next;
        }
        false
    }
}

/// Profiles have names too, which are no types.
fn defines_type(definition: &Value, name: &str) -> bool {
    let text = |key: &str| definition.get(key).and_then(Value::as_str);
    text("derivation") != Some("constraint") && text("type") == Some(name)
}

impl TypeFacts {
    fn read(definition: &Value) -> Self {
        let text = |key: &str| definition.get(key).and_then(Value::as_str);
        let elements = definition
            .pointer("/snapshot/element")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        Self {
            base: text("baseDefinition")
                .and_then(|url| url.rsplit('/').next())
                .map(str::to_owned),
            primitive: text("kind") == Some("primitive-type"),
            elements: elements.iter().filter_map(element_facts).collect(),
        }
    }
}

fn element_facts(element: &Value) -> Option<(String, ElementFacts)> {
    let path = element.get("path")?.as_str()?;
    let (_, below) = path.split_once('.')?;
    let type_name = match element.get("contentReference").and_then(Value::as_str) {
        Some(reference) => reference.rsplit('#').next()?.to_owned(),
        None => declared_type(element, path),
    };
    let key = below.strip_suffix("[x]").unwrap_or(below).to_owned();
    Some((
        key,
        ElementFacts {
            type_name: type_name.into(),
        },
    ))
}

fn declared_type(element: &Value, path: &str) -> String {
    let types = element
        .get("type")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let [only] = types else {
        return String::new();
    };
    let code = only.get("code").and_then(Value::as_str).unwrap_or_default();
    match code {
        "BackboneElement" | "Element" => path.to_owned(),
        // Ids and primitive values are given with FHIRPath's own type names.
        _ => match code.strip_prefix("http://hl7.org/fhirpath/System.") {
            Some(_) => only
                .pointer("/extension/0/valueUrl")
                .and_then(Value::as_str)
                .unwrap_or("string")
                .to_owned(),
            None => code.to_owned(),
        },
    }
}

/// FHIR type that a member's name gives to a choice element: `valueQuantity` of `value`. `None` where
/// the element is no choice: `responseCode` is an element of its own, beside `response`.
pub(crate) fn choice_member(element: &str, member: &str) -> Option<&'static str> {
    let suffix = member.strip_prefix(element)?;
    choice_type(suffix).filter(|_| CHOICES.binary_search(&element).is_ok())
}

/// FHIR type of a choice element's member by what follows the element's name: `Quantity`,
/// `DateTime` → `dateTime`. `None` if FHIR has no such type in a choice.
fn choice_type(suffix: &str) -> Option<&'static str> {
    CHOICE_TYPES
        .binary_search_by(|(name, _)| (*name).cmp(suffix))
        .ok()
        .and_then(|at| CHOICE_TYPES.get(at))
        .map(|(_, name)| *name)
}

/// The names of R4's choice elements; profiles and extensions make no others.
const CHOICES: &[&str] = &[
    "abatement",
    "additive",
    "age",
    "allowed",
    "amount",
    "answer",
    "asNeeded",
    "author",
    "born",
    "bounds",
    "characteristic",
    "chargeItem",
    "code",
    "collected",
    "content",
    "created",
    "date",
    "deceased",
    "defaultValue",
    "definingSubstance",
    "definition",
    "detail",
    "diagnosis",
    "done",
    "dose",
    "doseNumber",
    "due",
    "effective",
    "entity",
    "event",
    "example",
    "fastingStatus",
    "fixed",
    "identified",
    "indication",
    "item",
    "legallyBinding",
    "location",
    "manufacturer",
    "maxValue",
    "medication",
    "minValue",
    "minimumVolume",
    "module",
    "multipleBirth",
    "name",
    "occurred",
    "occurrence",
    "offset",
    "onset",
    "participantEffective",
    "pattern",
    "performed",
    "probability",
    "procedure",
    "product",
    "quantity",
    "rate",
    "reported",
    "scheduled",
    "seriesDoses",
    "serviced",
    "source",
    "start",
    "statusReason",
    "studyEffective",
    "subject",
    "substance",
    "target",
    "time",
    "timing",
    "topic",
    "used",
    "value",
    "what",
    "when",
    "where",
    "why",
];

/// The types of R4's choice elements, in order of the capitalised name.
const CHOICE_TYPES: &[(&str, &str)] = &[
    ("Address", "Address"),
    ("Age", "Age"),
    ("Annotation", "Annotation"),
    ("Attachment", "Attachment"),
    ("Base64Binary", "base64Binary"),
    ("Boolean", "boolean"),
    ("Canonical", "canonical"),
    ("Code", "code"),
    ("CodeableConcept", "CodeableConcept"),
    ("Coding", "Coding"),
    ("ContactDetail", "ContactDetail"),
    ("ContactPoint", "ContactPoint"),
    ("Contributor", "Contributor"),
    ("Count", "Count"),
    ("DataRequirement", "DataRequirement"),
    ("Date", "date"),
    ("DateTime", "dateTime"),
    ("Decimal", "decimal"),
    ("Distance", "Distance"),
    ("Dosage", "Dosage"),
    ("Duration", "Duration"),
    ("Expression", "Expression"),
    ("HumanName", "HumanName"),
    ("Id", "id"),
    ("Identifier", "Identifier"),
    ("Instant", "instant"),
    ("Integer", "integer"),
    ("Markdown", "markdown"),
    ("Meta", "Meta"),
    ("Money", "Money"),
    ("Oid", "oid"),
    ("ParameterDefinition", "ParameterDefinition"),
    ("Period", "Period"),
    ("PositiveInt", "positiveInt"),
    ("Quantity", "Quantity"),
    ("Range", "Range"),
    ("Ratio", "Ratio"),
    ("Reference", "Reference"),
    ("RelatedArtifact", "RelatedArtifact"),
    ("SampledData", "SampledData"),
    ("Signature", "Signature"),
    ("String", "string"),
    ("Time", "time"),
    ("Timing", "Timing"),
    ("TriggerDefinition", "TriggerDefinition"),
    ("UnsignedInt", "unsignedInt"),
    ("Uri", "uri"),
    ("Url", "url"),
    ("UsageContext", "UsageContext"),
    ("Uuid", "uuid"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choice_types_are_sorted_and_found() {
        assert!(CHOICE_TYPES.is_sorted_by_key(|(name, _)| *name));
        assert_eq!(choice_type("DateTime"), Some("dateTime"));
        assert_eq!(choice_type("Set"), None);
        assert!(CHOICES.is_sorted());
        assert_eq!(choice_member("value", "valueQuantity"), Some("Quantity"));
        assert_eq!(choice_member("response", "responseCode"), None);
        assert_eq!(choice_member("reference", "referenceRange"), None);
    }
}
