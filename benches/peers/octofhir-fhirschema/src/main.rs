//! Its quick form, with profiles: structure, without invariants and terminology.

#[path = "../../measure.rs"]
mod measure;
#[path = "../../packages.rs"]
mod packages;

use octofhir_fhirschema::{FhirValidator, FhirVersion, get_schemas, translate};

fn main() {
    let mut schemas = get_schemas(FhirVersion::R4).clone();
    for definition in packages::resources("StructureDefinition") {
        if let Ok(definition) = serde_json::from_value(definition)
            && let Ok(schema) = translate(definition, None)
        {
            schemas.insert(schema.url.clone(), schema);
        }
    }
    let validator = FhirValidator::from_schemas(schemas.clone(), None);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    measure::measure(|resource| {
        let kind = resource["resourceType"].as_str().unwrap_or_default();
        let claimed = resource["meta"]["profile"].as_array();
        let claimed = claimed.into_iter().flatten().filter_map(|url| url.as_str());
        let names = std::iter::once(kind)
            .chain(claimed.filter(|url| schemas.contains_key(*url)))
            .map(str::to_owned)
            .collect();
        runtime.block_on(validator.validate(resource, names)).valid
    });
}
