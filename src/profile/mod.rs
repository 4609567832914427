//! StructureDefinition → snapshot → compiled profile → issues.
