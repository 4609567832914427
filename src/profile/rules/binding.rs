//! Bindings: codes are in the value set that an element is bound to.

use std::sync::Arc;

use serde_json::Value;

use crate::fhir::{IssueCode, Severity};
use crate::profile::element::{Binding, Strength};
use crate::profile::knowledge::Coding;
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};
use crate::terminology::Membership;

/// Codes that R4 allows in its text although the value set lacks them, by element: the short names
/// of the formats (CapabilityStatement.format).
const ALSO: &[(&str, &[&str])] = &[("CapabilityStatement.format", &["xml", "json", "ttl"])];

const REQUIRED: &str = "binding-required";

/// A binding that has consequences: required, extensible, or with a maximum value set.
pub struct BindingRule {
    value_set: String,
    severity: Severity,
    rule: &'static str,
    /// Whether a text alone is too little.
    needs_code: bool,
    profile: Arc<str>,
}

impl BindingRule {
    /// The rules of a binding; none for preferred and example ones.
    pub fn compile(binding: &Binding, profile: &Arc<str>) -> Vec<Self> {
        let mut rules = Vec::new();
        // The maximum of a preferred binding limits the codes, and demands none (R4 extension
        // elementdefinition-maxValueSet).
        let needs_code = binding.strength >= Strength::Extensible;
        let mut add = |value_set: &str, severity, rule| {
            if !value_set.is_empty() {
                rules.push(Self {
                    value_set: value_set.to_owned(),
                    severity,
                    rule,
                    needs_code,
                    profile: Arc::clone(profile),
                });
            }
        };
        match binding.strength {
            Strength::Required => add(&binding.value_set, Severity::Error, REQUIRED),
            Strength::Extensible => {
                add(&binding.value_set, Severity::Warning, "binding-extensible");
            }
            Strength::Preferred | Strength::Example => {}
        }
        if let Some(value_set) = binding
            .max_value_set
            .as_deref()
            .filter(|_| binding.strength != Strength::Required)
        {
            add(value_set, Severity::Error, "binding-maximum");
        }
        rules
    }

    fn describe(&self, codings: &[Coding<'_>]) -> String {
        let listed: Vec<String> = codings
            .iter()
            .take(5)
            .map(|coding| match coding.system {
                Some(system) => format!("{system}#{}", coding.code),
                None => coding.code.to_owned(),
            })
            .collect();
        match listed.as_slice() {
            [] => format!(
                "there is no code, and one of the value set {} is needed",
                self.value_set
            ),
            [only] => format!("the code {only} is not in the value set {}", self.value_set),
            many => format!(
                "none of the codes {} is in the value set {}",
                many.join(", "),
                self.value_set
            ),
        }
    }

    fn report(&self, codings: &[Coding<'_>], here: &Here<'_>, sink: &mut Sink) {
        let fix = match self.severity {
            Severity::Warning => {
                "use a code of that value set, or keep this one only if none of them fits"
            }
            _ => "use a code of that value set",
        };
        sink.push(
            Finding::error(IssueCode::CodeInvalid, self.rule, self.describe(codings))
                .severity(self.severity)
                .fix(fix)
                .of(&self.profile),
            here.place,
        );
    }
}

impl Rule for BindingRule {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(value) = here.value else {
            if self.rule == REQUIRED && here.type_name == "code" {
                self.report(&[], here, sink);
            }
            return;
        };
        let Some(codings) = codings(value, here.type_name) else {
            return;
        };
        if codings.is_empty() {
            let excused = self.rule != REQUIRED && is_absent(value);
            if self.needs_code && !excused {
                self.report(&codings, here, sink);
            }
            return;
        }
        let mut unknown = None;
        for coding in &codings {
            match scope.store.knowledge().check(&self.value_set, *coding) {
                Membership::Member => return,
                Membership::NotMember => {}
                Membership::Unknown(why) => unknown = Some(why),
            }
        }
        match unknown {
            Some(why) => sink.note(format!("codes of the value set {}", self.value_set), why),
            None if codings
                .iter()
                .any(|coding| is_also_allowed(coding.code, here)) => {}
            None => self.report(&codings, here, sink),
        }
    }
}

fn is_also_allowed(code: &str, here: &Here<'_>) -> bool {
    ALSO.iter().any(|(_, codes)| codes.contains(&code))
        && ALSO
            .iter()
            .any(|(path, _)| *path == here.place.path_in_resource())
}

/// The codes of a value; `None` if a binding says nothing about such a value.
fn codings<'v>(value: &'v Value, type_name: &str) -> Option<Vec<Coding<'v>>> {
    match value {
        Value::String(code) => Some(vec![Coding { system: None, code }]),
        Value::Object(members) => match type_name {
            "CodeableConcept" => Some(
                members
                    .get("coding")
                    .and_then(Value::as_array)
                    .map(|items| items.iter().filter_map(coding).collect())
                    .unwrap_or_default(),
            ),
            "Coding" | "Quantity" | "Age" | "Count" | "Distance" | "Duration" | "Money" => {
                Some(coding(value).into_iter().collect())
            }
            _ => None,
        },
        _ => None,
    }
}

fn coding(value: &Value) -> Option<Coding<'_>> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    Some(Coding {
        system: text("system"),
        code: text("code")?,
    })
}

/// True where the element says why it has no value (extension data-absent-reason).
fn is_absent(value: &Value) -> bool {
    let absent = |value: &Value| {
        value
            .get("extension")
            .and_then(Value::as_array)
            .is_some_and(|extensions| {
                extensions.iter().any(|extension| {
                    extension.get("url").and_then(Value::as_str)
                        == Some("http://hl7.org/fhir/StructureDefinition/data-absent-reason")
                })
            })
    };
    absent(value)
        || value
            .get("coding")
            .and_then(Value::as_array)
            .is_some_and(|items| items.iter().any(absent))
}
