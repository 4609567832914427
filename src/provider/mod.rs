//! The embedded reference provider: a FHIR server with sample data and named faults.
