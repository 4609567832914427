//! What is served: where, which types, and what a search can bring along.

/// Where the FHIR API lies below the server's root.
pub(in crate::provider) const BASE_PATH: &str = "/fhir";

/// The resource types that are served, and whether they are searched.
pub(in crate::provider) const TYPES: [(&str, bool); 17] = [
    ("Patient", true),
    ("AllergyIntolerance", true),
    ("Binary", false),
    ("Bundle", false),
    ("Condition", true),
    ("DiagnosticReport", true),
    ("DocumentReference", true),
    ("Encounter", true),
    ("Immunization", true),
    ("Medication", false),
    ("MedicationDispense", true),
    ("MedicationRequest", true),
    ("MedicationStatement", true),
    ("Observation", true),
    ("Organization", false),
    ("Practitioner", false),
    ("Provenance", false),
];

/// The references that `_include` can follow, with the member that holds each.
pub(in crate::provider) const INCLUDES: [(&str, &str, &str); 2] = [
    (
        "MedicationRequest",
        "MedicationRequest:medication",
        "medicationReference",
    ),
    (
        "MedicationStatement",
        "MedicationStatement:medication",
        "medicationReference",
    ),
];

/// The reverse include that every clinical type has: who made a record, and from what.
pub(in crate::provider) const REVERSE_INCLUDE: &str = "Provenance:target";

/// The type that a parameter brings into a search for this type, beside the matches.
pub(in crate::provider) fn included_by(
    resource_type: &str,
    name: &str,
    value: &str,
) -> Option<&'static str> {
    let is_known = |(of, known, _): &(&str, &str, &str)| *of == resource_type && *known == value;
    match name {
        "_include" if INCLUDES.iter().any(is_known) => Some("Medication"),
        "_revinclude" if value == REVERSE_INCLUDE => Some("Provenance"),
        _ => None,
    }
}
