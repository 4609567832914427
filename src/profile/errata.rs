//! Mistakes of published definitions, corrected as their authors did later.

use super::element::{Element, Strength};

/// Corrects an element as it is read.
pub fn correct(element: &mut Element) {
    // The vital signs profiles of R4 require UCUM codes of every value of a component, also of those
    // that are no quantity. R4B and R5 made the binding extensible.
    if let Some(binding) = &mut element.binding
        && element.base_path.as_deref() == Some("Observation.component.value[x]")
        && binding
            .value_set
            .starts_with("http://hl7.org/fhir/ValueSet/ucum-vitals-common")
    {
        binding.strength = binding.strength.min(Strength::Extensible);
    }
}
