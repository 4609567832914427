//! All it can: structure, invariants, bindings, references, narrative, extensions, and the profiles
//! that a resource claims.

#[path = "../../measure.rs"]
mod measure;

use fhir_assay::definition::Definitions;
use fhir_assay::profile::Validator;

fn main() {
    let validator = Validator::new(Definitions::embedded());
    measure::measure(|resource| validator.validate(resource, &[]).is_valid());
}
