//! Profile → what a standard JSON Schema can say of it, with a note of what that leaves out.

use serde_json::{Map, Value, json};

use super::compile::{SchemaBuilder, Store};
use super::element::{Element, Strength};
use super::model::{CompileError, Definitions as _};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a profile or base type.
pub fn schema(store: &Store, canonical: &str) -> Result<Value, CompileError> {
    let compiled = store.profile(canonical)?;
    let snapshot = store.snapshots().of(canonical)?;
    let mut schema = SchemaBuilder::new(store.source()).base(&compiled.type_name);
    let types = schema.get_mut("$defs").map(Value::take);
    let mut all = vec![json!({ "$ref": schema["$ref"].take() })];
    if !compiled.base {
        all.extend(compiled.schema.as_ref().map(|delta| delta.json.clone()));
    }
    let mut out = Map::new();
    out.insert("$schema".to_owned(), DRAFT.into());
    out.insert("title".to_owned(), snapshot.title.clone().into());
    out.insert("$comment".to_owned(), note(&snapshot.root.flatten()).into());
    out.insert("allOf".to_owned(), all.into());
    out.insert("$defs".to_owned(), types.unwrap_or_default());
    Ok(Value::Object(out))
}

/// What the schema of these elements does not say.
fn note(elements: &[&Element]) -> String {
    let count = |wanted: &dyn Fn(&Element) -> bool| {
        elements.iter().filter(|element| wanted(element)).count()
    };
    let constraints: usize = elements
        .iter()
        .map(|element| {
            let computed = element.constraints.iter();
            computed.filter(|one| one.expression.is_some()).count()
        })
        .sum();
    let bindings = count(&|element| {
        let binding = element.binding.as_ref();
        binding.is_some_and(|binding| binding.strength != Strength::Example)
    });
    let references = count(&|element| element.types.iter().any(|kind| !kind.targets.is_empty()));
    format!(
        "Members, types, cardinalities, fixed and pattern values. Beyond JSON Schema, and checked by `fhir-assay validate`: \
         {constraints} constraints in FHIRPath, {} sliced elements, {bindings} bindings, {references} elements whose references \
         have a target type; profiles of contained resources and data types, narrative, Bundle rules, and the form of primitives, \
         which is named by `format` (FHIR R4 datatypes).",
        count(&|element| element.slicing.is_some()),
    )
}
