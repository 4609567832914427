//! The CapabilityStatement (FHIR R4 http, capabilities): what this server declares.

use serde_json::{Value, json};

use crate::provider::instance::Provider;
use crate::provider::model::{INCLUDES, REVERSE_INCLUDE, Reply, TYPES};
use crate::search::parameters;

/// The actor that the EU Health Data API defines for this server, and that of IPA on which it builds.
const ACTORS: [&str; 5] = [
    "http://hl7.eu/fhir/health-data-api/CapabilityStatement/EEHRxF-ResourceAccessProvider",
    "http://hl7.eu/fhir/health-data-api/CapabilityStatement/EEHRxF-DocumentAccessProvider",
    "http://hl7.eu/fhir/health-data-api/CapabilityStatement/EEHRxF-DocumentAccessProvider-SubmissionOption",
    "http://hl7.org/fhir/uv/ipa/CapabilityStatement/ipa-server",
    "https://profiles.ihe.net/PCC/QEDm/CapabilityStatement/IHE.QEDm.Clinical-Data-Source",
];
/// Guides whose content is served: medication data, laboratory results and patient summaries; and that
/// by which records are taken from documents.
const GUIDES: [&str; 4] = [
    "http://hl7.eu/fhir/mpd",
    "http://hl7.eu/fhir/laboratory",
    "http://hl7.eu/fhir/eps",
    "https://profiles.ihe.net/ITI/mXDE/ImplementationGuide/ihe.iti.mxde",
];
const PATIENT_MATCH: &str = "https://profiles.ihe.net/ITI/PDQm/OperationDefinition/PDQmMatch";
const VALIDATE: &str = "http://hl7.org/fhir/OperationDefinition/Resource-validate";
const DOCUMENT_PROFILES: [&str; 2] = [
    "http://hl7.eu/fhir/health-data-api/StructureDefinition/EehrxfMhdDocumentReference",
    "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Minimal.DocumentReference",
];
const EU_CORE: &str = "http://hl7.eu/fhir/base/StructureDefinition/";
const IPA: &str = "http://hl7.org/fhir/uv/ipa/StructureDefinition/";

/// Type → its profiles in EU Core 2.0.0 and IPA 1.1.
const PROFILES: [(&str, &[&str], &[&str]); 11] = [
    ("Patient", &["patient-eu-core"], &["ipa-patient"]),
    (
        "AllergyIntolerance",
        &["allergyIntolerance-eu-core"],
        &["ipa-allergyintolerance"],
    ),
    ("Condition", &["condition-eu-core"], &["ipa-condition"]),
    ("DiagnosticReport", &["diagnosticReport-eu-core"], &[]),
    (
        "Immunization",
        &["immunization-eu-core"],
        &["ipa-immunization"],
    ),
    ("Medication", &["medication-eu-core"], &["ipa-medication"]),
    (
        "MedicationRequest",
        &["medicationRequest-eu-core"],
        &["ipa-medicationrequest"],
    ),
    (
        "MedicationStatement",
        &["medicationStatement-eu-core"],
        &["ipa-medicationstatement"],
    ),
    (
        "Observation",
        &["medicalTestResult-eu-core"],
        &["ipa-observation"],
    ),
    ("Organization", &["organization-eu-core"], &[]),
    (
        "Practitioner",
        &["practitioner-eu-core"],
        &["ipa-practitioner"],
    ),
];

pub(in crate::provider) fn answer(provider: &Provider) -> Reply {
    let mut statement = statement(&provider.base, security(provider));
    provider.faults.declare(&mut statement);
    Reply::resource(statement)
}

fn statement(base: &str, security: &str) -> Value {
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "instantiates": ACTORS,
        "software": { "name": "fhir-assay reference provider", "version": env!("CARGO_PKG_VERSION") },
        "implementation": {
            "description": "Embedded reference provider with synthetic data",
            "url": base,
        },
        "fhirVersion": "4.0.1",
        "implementationGuide": GUIDES,
        "format": ["application/fhir+json", "application/fhir+xml", "json", "xml"],
        "rest": [{
            "mode": "server",
            "security": {
                "cors": true,
                "service": [{ "coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                    "code": "SMART-on-FHIR",
                }] }],
                "description": security,
            },
            "resource": TYPES
                .iter()
                .map(|(resource_type, searched)| resource(resource_type, *searched))
                .collect::<Vec<_>>(),
        }],
    })
}

fn security(provider: &Provider) -> &'static str {
    if provider.authorization.is_some() {
        "SMART Backend Services: every request but this one needs an access token; the SMART configuration says where to get it."
    } else {
        "The guide's providers are reached by SMART on FHIR. This instance also answers without a token: the data is synthetic and the server listens on the loopback interface only."
    }
}

fn resource(resource_type: &str, searched: bool) -> Value {
    let mut interactions = vec![json!({ "code": "read" }), json!({ "code": "vread" })];
    let mut declared = json!({
        "type": resource_type,
        "versioning": "versioned",
        "readHistory": false,
        "conditionalRead": "full-support",
        "referencePolicy": ["literal", "local", "resolves"],
    });
    let mut profiles = profiles(resource_type);
    if resource_type == "DocumentReference" {
        profiles.extend(DOCUMENT_PROFILES.map(str::to_owned));
        interactions.extend([json!({ "code": "create" }), json!({ "code": "delete" })]);
        declared["operation"] = json!([{ "name": "validate", "definition": VALIDATE }]);
    }
    if !profiles.is_empty() {
        declared["supportedProfile"] = json!(profiles);
    }
    if searched {
        interactions.push(json!({ "code": "search-type" }));
        declared["searchParam"] = search_parameters(resource_type);
        let includes: Vec<&str> = INCLUDES
            .iter()
            .filter(|(of, _, _)| *of == resource_type)
            .map(|(_, include, _)| *include)
            .collect();
        if !includes.is_empty() {
            declared["searchInclude"] = json!(includes);
        }
        if resource_type != "Patient" {
            declared["searchRevInclude"] = json!([REVERSE_INCLUDE]);
        }
    }
    declared["interaction"] = Value::Array(interactions);
    if resource_type == "Patient" {
        declared["operation"] = json!([{ "name": "match", "definition": PATIENT_MATCH }]);
    }
    declared
}

fn profiles(resource_type: &str) -> Vec<String> {
    PROFILES
        .iter()
        .filter(|(of, _, _)| *of == resource_type)
        .flat_map(|(_, eu_core, ipa)| {
            let eu_core = eu_core.iter().map(|id| format!("{EU_CORE}{id}"));
            eu_core.chain(ipa.iter().map(|id| format!("{IPA}{id}")))
        })
        .collect()
}

fn search_parameters(resource_type: &str) -> Value {
    parameters(resource_type)
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "definition": parameter.canonical(),
                "type": parameter.kind().code(),
            })
        })
        .collect()
}
