//! Least and greatest values (R4 elementdefinition, `minValue[x]` and `maxValue[x]`) of what JSON
//! Schema can't compare: dates and quantities. Numbers are in the schema.

use std::sync::Arc;

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::fhirpath::{Engine, FhirPathError, Focus, Plan, Session};
use crate::profile::element::Element;
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// One bound, as an expression over the value.
pub struct Bound {
    plan: Arc<Plan>,
    least: bool,
    text: String,
    profile: Arc<str>,
}

impl Bound {
    /// The bounds of an element; what can't be compared is told.
    pub fn compile(
        element: &Element,
        profile: &Arc<str>,
        engine: &Engine,
    ) -> Vec<Result<Self, String>> {
        [(&element.min_value, true), (&element.max_value, false)]
            .into_iter()
            .filter_map(|(bound, least)| Some((bound.as_deref()?, least)))
            .filter(|(bound, _)| !bound.is_number())
            .map(|(bound, least)| {
                let sign = if least { ">=" } else { "<=" };
                let literal = literal(bound)
                    .ok_or_else(|| format!("a bound of this kind is not compared: {bound}"))?;
                let plan = engine
                    .compile(&format!("{} {sign} {literal}", left(bound)))
                    .map_err(|error| error.to_string())?;
                Ok(Self {
                    plan,
                    least,
                    text: literal,
                    profile: Arc::clone(profile),
                })
            })
            .collect()
    }
}

fn left(bound: &Value) -> &'static str {
    match bound {
        Value::Object(_) => "%resource.value",
        _ => "$this",
    }
}

fn literal(bound: &Value) -> Option<String> {
    match bound {
        Value::Object(_) => {
            let code = bound.get("code").and_then(Value::as_str)?;
            Some(format!("{} '{code}'", bound.get("value")?))
        }
        Value::String(text) if text.starts_with(|first: char| first.is_ascii_digit()) => {
            Some(format!("'{text}'"))
        }
        _ => None,
    }
}

impl Rule for Bound {
    fn check(&self, here: &Here<'_>, scope: &Scope<'_>, sink: &mut Sink) {
        let Some(value) = here.value else { return };
        let holds = match value {
            Value::Object(_) => compare_quantity(&self.plan, value, scope),
            _ => keeps(&scope.session, &self.plan, here.focus()),
        };
        match holds {
            Ok(true) => {}
            Ok(false) => {
                let (rule, side) = match self.least {
                    true => ("value-min", "less than the least"),
                    false => ("value-max", "more than the greatest"),
                };
                sink.push(
                    Finding::error(
                        IssueCode::Value,
                        rule,
                        format!("the value is {side} that is allowed, {}", self.text),
                    )
                    .fix("correct the value or its unit")
                    .of(&self.profile),
                    here.place,
                );
            }
            Err(error) => sink.note(
                format!("bounds of {}", here.place.element_path()),
                error.to_string(),
            ),
        }
    }
}

/// The engine knows a quantity only as a member of something.
fn compare_quantity(plan: &Plan, value: &Value, scope: &Scope<'_>) -> Result<bool, FhirPathError> {
    let whole = serde_json::json!({"resourceType": "Observation", "valueQuantity": value});
    let session = scope.store.engine().session(&whole, &whole, None);
    keeps(&session, plan, Focus::of(&whole))
}

/// What can't be compared is not beyond a bound.
fn keeps(session: &Session<'_>, plan: &Plan, focus: Focus<'_>) -> Result<bool, FhirPathError> {
    let found = session.evaluate(plan, focus)?;
    Ok(found != [Value::Bool(false)])
}
