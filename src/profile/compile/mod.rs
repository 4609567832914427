//! Definition → compiled form, once and shared.
//!
//! Each definition becomes a JSON Schema validator for what that can say, and a tree of rules for
//! the rest. A profile holds only what its base type does not say already: a resource is always
//! judged by its base type first.

mod base;
mod discriminator;
mod schema;
mod shape;
mod slicing;
mod source;
mod store;

pub use schema::SchemaBuilder;
pub use store::Store;
