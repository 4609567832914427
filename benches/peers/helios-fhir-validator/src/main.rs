//! Its quickest form: structure alone, without invariants and bindings.

#[path = "../../measure.rs"]
mod measure;

use helios_fhir_validator::packs::core_registry;
use helios_fhir_validator::{Severity, UnknownProfilePolicy, ValidationOptions, Validator};

fn main() {
    let validator = Validator::new(core_registry(helios_fhir::FhirVersion::R4));
    let options = ValidationOptions {
        unknown_profile: UnknownProfilePolicy::Warn,
        ..Default::default()
    };
    measure::measure(|resource| {
        let found = validator.validate_sync(resource, &options).errors;
        found.iter().all(|issue| issue.severity != Severity::Error)
    });
}
