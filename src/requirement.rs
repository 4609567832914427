//! The requirement catalogue: id, statement, conformance, actors, source.
