//! Its quickest form: structure alone, without invariants and terminology.

#[path = "../../measure.rs"]
mod measure;

use octofhir_fhirschema::{FhirValidator, FhirVersion, get_schemas};

fn main() {
    let validator = FhirValidator::from_schemas(get_schemas(FhirVersion::R4).clone(), None);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    measure::measure(|resource| {
        let kind = resource["resourceType"].as_str().unwrap_or_default();
        let done = validator.validate(resource, vec![kind.to_owned()]);
        runtime.block_on(done).valid
    });
}
