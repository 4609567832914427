//! Conformance resources by canonical: the embedded pack and what packages add.
