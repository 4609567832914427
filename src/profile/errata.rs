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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn corrected(key: &str, expression: &str) -> String {
        let mut expression = expression.to_owned();
        correct_expression(key, &mut expression);
        expression
    }

    #[test]
    fn expressions_are_corrected_where_they_are_the_known_ones() {
        for (key, expression, expected) in [
            ("que-7", "answer is Boolean", "answer is boolean"),
            ("x-7", "answer is Boolean", "answer is Boolean"),
            (
                "vs-1",
                "($this as dateTime).exists()",
                "$this is dateTime implies ($this as dateTime).exists()",
            ),
            ("vs-1", "exists()", "exists()"),
            ("vs-2", "($this as dateTime)", "($this as dateTime)"),
            (
                "ref-1",
                "reference.startsWith('#').not() or x",
                "reference.startsWith('#').not() or x or reference = '#'",
            ),
            ("ref-1", "x", "x"),
            (
                "ref-2",
                "reference.startsWith('#').not() or x",
                "reference.startsWith('#').not() or x",
            ),
            (
                "csd-0",
                "name.matches('a')",
                "name.exists() implies name.matches('a')",
            ),
            ("csd-0", "url.matches('a')", "url.matches('a')"),
            ("csd-1", "name.matches('a')", "name.matches('a')"),
        ] {
            assert_eq!(corrected(key, expression), expected, "{key}");
        }
    }

    #[test]
    fn units_of_vital_signs_are_required_of_quantities_alone() {
        let strength = |base: &str, value_set: &str| {
            let mut element = Element::read(&json!({
                "path": "Observation.component.value[x]",
                "base": { "path": base },
                "binding": { "strength": "required", "valueSet": value_set }
            }))
            .expect("an element");
            correct(&mut element);
            element.binding.expect("a binding").strength
        };
        let (component, units) = (
            "Observation.component.value[x]",
            "http://hl7.org/fhir/ValueSet/ucum-vitals-common|4.0.1",
        );
        assert_eq!(strength(component, units), Strength::Extensible);
        assert_eq!(strength("Observation.value[x]", units), Strength::Required);
        assert_eq!(strength(component, "http://other"), Strength::Required);
    }

    #[test]
    fn places_that_definitions_themselves_use() {
        let of = |name: &str| contexts(&format!("http://hl7.org/fhir/StructureDefinition/{name}"));
        assert_eq!(
            of("structuredefinition-fhir-type"),
            ["ElementDefinition.type"]
        );
        let version = of("structuredefinition-normative-version");
        assert_eq!(version, ["CanonicalResource", "ElementDefinition"]);
        assert!(of("data-absent-reason").is_empty());
        assert!(contexts("http://other/structuredefinition-fhir-type").is_empty());
    }
}
