//! FHIRPath over JSON resources: a small trait over the engine in use.
