//! Its quick form, with profiles: structure and required bindings, without invariants, which cost it far more.

#[path = "../../measure.rs"]
mod measure;
#[path = "../../packages.rs"]
mod packages;

use std::sync::Arc;

use helios_fhir::FhirVersion;
use helios_fhir_validator::converter::convert;
use helios_fhir_validator::packs::core_registry;
use helios_fhir_validator::resolver::{CompositeResolver, SchemaRegistry};
use helios_fhir_validator::terminology::core_terminology;
use helios_fhir_validator::{Severity, UnknownProfilePolicy, ValidationOptions, Validator};

fn main() {
    let mut profiles = SchemaRegistry::new();
    for definition in packages::resources("StructureDefinition") {
        if let Ok(done) = convert(&definition) {
            profiles.insert(done.schema);
        }
    }
    let validator = Validator::new(Arc::new(CompositeResolver::new(vec![
        core_registry(FhirVersion::R4),
        Arc::new(profiles),
    ])));
    let terminology = core_terminology(FhirVersion::R4);
    let options = ValidationOptions {
        unknown_profile: UnknownProfilePolicy::Warn,
        ..Default::default()
    };
    measure::measure(|resource| {
        let mut found = validator.validate_sync(resource, &options);
        found
            .errors
            .extend(terminology.required_binding_errors(&found.deferred));
        found
            .errors
            .iter()
            .all(|issue| issue.severity != Severity::Error)
    });
}
