//! What JSON Schema cannot say: one rule kind a file.

pub mod attachment;
pub mod binding;
pub mod bundle;
pub mod canonical;
pub mod coding;
pub mod display;
pub mod element_id;
pub mod extension;
pub mod identifier;
pub mod inner_resource;
pub mod invariant;
pub mod markup;
pub mod narrative;
pub mod range;
pub mod reference;
pub mod search_parameter;
pub mod slicing;
pub mod types;
pub mod vital_signs;
pub mod whole;
