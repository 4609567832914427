//! Base rules, and the profiles of the user's FHIR package cache that a resource claims.

#[path = "../../measure.rs"]
mod measure;

use rh_validator::{FhirValidator, FhirVersion};

fn main() {
    let validator = FhirValidator::new(FhirVersion::R4, None).expect("a validator");
    measure::measure(|resource| {
        validator
            .validate_auto(resource)
            .is_ok_and(|done| done.valid)
    });
}
