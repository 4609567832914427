//! Whole numbers: JSON Schema takes 1.0 and 1e2 for integers, the form of FHIR's types does not (R4
//! datatypes, integer).

use serde_json::Value;

use crate::fhir::IssueCode;
use crate::profile::model::{Finding, Here, Rule, Scope, Sink};

/// Finds whole numbers that are written with a fraction or an exponent.
pub struct WholeNumber;

impl WholeNumber {
    /// True for a type of whole numbers.
    pub fn is_for(type_name: &str) -> bool {
        matches!(type_name, "integer" | "positiveInt" | "unsignedInt")
    }
}

impl Rule for WholeNumber {
    fn check(&self, here: &Here<'_>, _: &Scope<'_>, sink: &mut Sink) {
        let number = here.value.and_then(Value::as_number);
        let Some(number) = number.filter(|_| Self::is_for(here.type_name)) else {
            return;
        };
        // Another fraction is told by the schema; `-0`, which is allowed, is read as a fraction too.
        let is_whole =
            |value: f64| value.fract() == 0.0 && !(value == 0.0 && value.is_sign_negative());
        if number.is_f64() && number.as_f64().is_some_and(is_whole) {
            sink.push(
                Finding::error(
                    IssueCode::Value,
                    "primitive-format",
                    format!("a whole number is written as {number} or with an exponent"),
                )
                .fix("write its digits alone"),
                here.place,
            );
        }
    }
}
