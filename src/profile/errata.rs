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
    for constraint in &mut element.constraints {
        if let Some(expression) = &mut constraint.expression {
            correct_expression(&constraint.key, expression);
        }
    }
}

fn correct_expression(key: &str, expression: &mut String) {
    // `Boolean` is FHIRPath's own type, which no element of FHIR is; R5 says `boolean`.
    if key == "que-7" {
        *expression = expression.replace("is Boolean", "is boolean");
    }
    // Said of a dateTime alone, the words and R5 say; the time of a vital sign may be a period too.
    if key == "vs-1" && expression.starts_with("($this as dateTime)") {
        expression.insert_str(0, "$this is dateTime implies ");
    }
    // `#` alone is what contains the resource (R4 references); R4B adds it.
    if key == "ref-1" && expression.starts_with("reference.startsWith('#').not() or") {
        expression.push_str(" or reference = '#'");
    }
    // A name that is not there is not of the wrong form; R4B begins so.
    if key.ends_with("-0") && expression.starts_with("name.matches(") {
        expression.insert_str(0, "name.exists() implies ");
    }
}

/// Elements that an extension of R4 may stand on too, as its definition in the extensions pack says.
pub fn contexts(url: &str) -> &'static [&'static str] {
    match url.strip_prefix("http://hl7.org/fhir/StructureDefinition/") {
        // R4 uses it on the type itself, wherever a primitive's value is defined.
        Some("structuredefinition-fhir-type") => &["ElementDefinition.type"],
        // R4 says of its own value sets, code systems, operations and elements since when they are
        // normative.
        Some("structuredefinition-normative-version") => {
            &["CanonicalResource", "ElementDefinition"]
        }
        _ => &[],
    }
}
