//! The search parameters this crate knows, each once: R4's definitions of those that the EU Health
//! Data API, IPA 1.1, QEDm 3.0 and PDQm 3.2 name for the types of resource access.

use super::parameter::ElementType::{
    Address, Boolean, Code, CodeableConcept, Coding, ContactPoint, DateTime, HumanName, Id,
    Identifier, Reference, Text, Uri,
};
use super::parameter::{Element, ElementType, Parameter};

const OBSERVATION_STATUS: ElementType = Code("http://hl7.org/fhir/observation-status");
const REPORT_STATUS: ElementType = Code("http://hl7.org/fhir/diagnostic-report-status");
const REQUEST_STATUS: ElementType = Code("http://hl7.org/fhir/CodeSystem/medicationrequest-status");
const REQUEST_INTENT: ElementType = Code("http://hl7.org/fhir/CodeSystem/medicationrequest-intent");
const DISPENSE_STATUS: ElementType =
    Code("http://terminology.hl7.org/CodeSystem/medicationdispense-status");
const STATEMENT_STATUS: ElementType =
    Code("http://hl7.org/fhir/CodeSystem/medication-statement-status");
const EVENT_STATUS: ElementType = Code("http://hl7.org/fhir/event-status");
const ENCOUNTER_STATUS: ElementType = Code("http://hl7.org/fhir/encounter-status");
const DOCUMENT_STATUS: ElementType = Code("http://hl7.org/fhir/document-reference-status");
/// The value set of media types draws on BCP 13.
const MEDIA_TYPE: ElementType = Code("urn:ietf:bcp:13");
const GENDER: ElementType = Code("http://hl7.org/fhir/administrative-gender");
const PATIENT: ElementType = Reference("Patient");
/// Defined by MHD, not by R4.
const MHD_CREATION: &str =
    "https://profiles.ihe.net/ITI/MHD/SearchParameter/DocumentReference-Creation";

/// Stands for every resource type in the table.
const ANY: &str = "Resource";

#[rustfmt::skip]
static TABLE: &[Parameter] = &[
    row("Patient", "identifier", Identifier, &["identifier"], "Patient-identifier"),
    row("Patient", "family", Text, &["name.family"], "individual-family"),
    row("Patient", "given", Text, &["name.given"], "individual-given"),
    row("Patient", "name", HumanName, &["name"], "Patient-name"),
    row("Patient", "birthdate", DateTime, &["birthDate"], "individual-birthdate"),
    row("Patient", "gender", GENDER, &["gender"], "individual-gender"),
    row("Patient", "active", Boolean, &["active"], "Patient-active"),
    row("Patient", "telecom", ContactPoint, &["telecom"], "individual-telecom"),
    row("Patient", "address", Address, &["address"], "individual-address"),
    row("Patient", "address-city", Text, &["address.city"], "individual-address-city"),
    row("Patient", "address-country", Text, &["address.country"], "individual-address-country"),
    row("Patient", "address-postalcode", Text, &["address.postalCode"], "individual-address-postalcode"),
    row("Patient", "address-state", Text, &["address.state"], "individual-address-state"),

    row("Practitioner", "identifier", Identifier, &["identifier"], "Practitioner-identifier"),
    row("Practitioner", "name", HumanName, &["name"], "Practitioner-name"),
    row("Practitioner", "family", Text, &["name.family"], "individual-family"),
    row("Practitioner", "given", Text, &["name.given"], "individual-given"),

    row("Organization", "identifier", Identifier, &["identifier"], "Organization-identifier"),
    row("Organization", "name", Text, &["name", "alias"], "Organization-name"),

    row("Medication", "code", CodeableConcept, &["code"], "clinical-code"),

    row("AllergyIntolerance", "patient", PATIENT, &["patient"], "clinical-patient"),
    row("AllergyIntolerance", "clinical-status", CodeableConcept, &["clinicalStatus"], "AllergyIntolerance-clinical-status"),

    row("Condition", "patient", PATIENT, &["subject"], "clinical-patient"),
    row("Condition", "clinical-status", CodeableConcept, &["clinicalStatus"], "Condition-clinical-status"),
    row("Condition", "verification-status", CodeableConcept, &["verificationStatus"], "Condition-verification-status"),
    row("Condition", "category", CodeableConcept, &["category"], "Condition-category"),
    row("Condition", "code", CodeableConcept, &["code"], "clinical-code"),
    row("Condition", "onset-date", DateTime, &["onsetDateTime", "onsetPeriod"], "Condition-onset-date"),

    row("Observation", "patient", PATIENT, &["subject"], "clinical-patient"),
    row("Observation", "category", CodeableConcept, &["category"], "Observation-category"),
    row("Observation", "code", CodeableConcept, &["code"], "clinical-code"),
    row("Observation", "date", DateTime, &["effectiveDateTime", "effectivePeriod", "effectiveTiming", "effectiveInstant"], "clinical-date"),
    row("Observation", "status", OBSERVATION_STATUS, &["status"], "Observation-status"),

    row("DiagnosticReport", "patient", PATIENT, &["subject"], "clinical-patient"),
    row("DiagnosticReport", "category", CodeableConcept, &["category"], "DiagnosticReport-category"),
    row("DiagnosticReport", "code", CodeableConcept, &["code"], "clinical-code"),
    row("DiagnosticReport", "date", DateTime, &["effectiveDateTime", "effectivePeriod"], "clinical-date"),
    row("DiagnosticReport", "status", REPORT_STATUS, &["status"], "DiagnosticReport-status"),

    row("MedicationRequest", "patient", PATIENT, &["subject"], "clinical-patient"),
    row("MedicationRequest", "status", REQUEST_STATUS, &["status"], "medications-status"),
    row("MedicationRequest", "intent", REQUEST_INTENT, &["intent"], "MedicationRequest-intent"),
    row("MedicationRequest", "category", CodeableConcept, &["category"], "MedicationRequest-category"),
    row("MedicationRequest", "code", CodeableConcept, &["medicationCodeableConcept"], "clinical-code"),
    row("MedicationRequest", "authoredon", DateTime, &["authoredOn"], "MedicationRequest-authoredon"),

    row("MedicationDispense", "patient", PATIENT, &["subject"], "clinical-patient"),
    row("MedicationDispense", "status", DISPENSE_STATUS, &["status"], "medications-status"),
    row("MedicationDispense", "whenhandedover", DateTime, &["whenHandedOver"], "MedicationDispense-whenhandedover"),

    row("MedicationStatement", "patient", PATIENT, &["subject"], "clinical-patient"),
    row("MedicationStatement", "status", STATEMENT_STATUS, &["status"], "medications-status"),
    row("MedicationStatement", "effective", DateTime, &["effectiveDateTime", "effectivePeriod"], "MedicationStatement-effective"),

    row("Immunization", "patient", PATIENT, &["patient"], "clinical-patient"),
    row("Immunization", "status", EVENT_STATUS, &["status"], "Immunization-status"),
    row("Immunization", "date", DateTime, &["occurrenceDateTime"], "clinical-date"),

    row("Encounter", "patient", PATIENT, &["subject"], "clinical-patient"),
    row("Encounter", "status", ENCOUNTER_STATUS, &["status"], "Encounter-status"),
    row("Encounter", "class", Coding, &["class"], "Encounter-class"),
    row("Encounter", "date", DateTime, &["period"], "clinical-date"),

    row("DocumentReference", "patient", PATIENT, &["subject"], "clinical-patient"),
    row("DocumentReference", "identifier", Identifier, &["masterIdentifier", "identifier"], "clinical-identifier"),
    row("DocumentReference", "status", DOCUMENT_STATUS, &["status"], "DocumentReference-status"),
    row("DocumentReference", "type", CodeableConcept, &["type"], "clinical-type"),
    row("DocumentReference", "category", CodeableConcept, &["category"], "DocumentReference-category"),
    row("DocumentReference", "date", DateTime, &["date"], "DocumentReference-date"),
    row("DocumentReference", "period", DateTime, &["context.period"], "DocumentReference-period"),
    row("DocumentReference", "setting", CodeableConcept, &["context.practiceSetting"], "DocumentReference-setting"),
    row("DocumentReference", "facility", CodeableConcept, &["context.facilityType"], "DocumentReference-facility"),
    row("DocumentReference", "event", CodeableConcept, &["context.event"], "DocumentReference-event"),
    row("DocumentReference", "security-label", CodeableConcept, &["securityLabel"], "DocumentReference-security-label"),
    row("DocumentReference", "format", Coding, &["content.format"], "DocumentReference-format"),
    row("DocumentReference", "contenttype", MEDIA_TYPE, &["content.attachment.contentType"], "DocumentReference-contenttype"),
    row("DocumentReference", "creation", DateTime, &["content.attachment.creation"], MHD_CREATION),
    row("DocumentReference", "author", Reference("Practitioner"), &["author"], "DocumentReference-author"),

    row(ANY, "_id", Id, &["id"], "Resource-id"),
    row(ANY, "_lastUpdated", DateTime, &["meta.lastUpdated"], "Resource-lastUpdated"),
    row(ANY, "_profile", Uri, &["meta.profile"], "Resource-profile"),
];

/// The parameter of this name, without modifier or chain.
#[must_use]
pub fn find(resource_type: &str, name: &str) -> Option<&'static Parameter> {
    parameters(resource_type).find(|parameter| parameter.name == name)
}

/// All parameters of a type, those of every type last; only these where the type has none of its own.
pub fn parameters(resource_type: &str) -> impl Iterator<Item = &'static Parameter> {
    TABLE.iter().filter(move |parameter| {
        parameter.resource_type == resource_type || parameter.resource_type == ANY
    })
}

const fn row(
    resource_type: &'static str,
    name: &'static str,
    element_type: ElementType,
    paths: &'static [&'static str],
    definition: &'static str,
) -> Parameter {
    Parameter {
        resource_type,
        name,
        element: Element {
            paths,
            element_type,
        },
        definition,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_parameter_stands_twice() {
        let names: BTreeSet<_> = TABLE
            .iter()
            .map(|row| (row.resource_type, row.name))
            .collect();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn a_definition_is_that_of_r4_or_of_the_guide() {
        let table = [
            (
                "date",
                "http://hl7.org/fhir/SearchParameter/DocumentReference-date",
            ),
            (
                "creation",
                "https://profiles.ihe.net/ITI/MHD/SearchParameter/DocumentReference-Creation",
            ),
        ];
        for (name, expected) in table {
            let canonical = find("DocumentReference", name).map(Parameter::canonical);
            assert_eq!(canonical.as_deref(), Some(expected), "{name}");
        }
    }
}
