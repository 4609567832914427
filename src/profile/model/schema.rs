//! A definition's JSON Schema, with the notes that give its assertions words.

use serde_json::Value;

/// Key of the annotation that says what an assertion means.
pub const ANNOTATION: &str = "x-fhir";

/// A schema with its validator.
pub struct Schema {
    pub json: Value,
    pub validator: jsonschema::Validator,
}
