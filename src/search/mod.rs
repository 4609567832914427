//! FHIR R4 search semantics: the oracle of the runner and the engine of the provider.
