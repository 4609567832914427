//! FHIR packages: archives, folders, cache.
