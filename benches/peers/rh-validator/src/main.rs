//! All it does without a terminology server. It has no definitions inside: without `hl7.fhir.r4.core` in the
//! user's FHIR package cache it checks next to nothing.

#[path = "../../measure.rs"]
mod measure;
#[path = "../../packages.rs"]
mod packages;

use rh_validator::{FhirValidator, FhirVersion};

fn main() {
    let validator = FhirValidator::new(FhirVersion::R4, None).expect("a validator");
    for profile in packages::resources("StructureDefinition") {
        validator.register_profile(&profile);
    }
    for values in packages::resources("ValueSet") {
        validator.register_valueset(&values);
    }
    for system in packages::resources("CodeSystem") {
        validator.register_codesystem(&system);
    }
    measure::measure(|resource| {
        validator
            .validate_auto(resource)
            .is_ok_and(|done| done.valid)
    });
}
