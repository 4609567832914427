//! Whether a code is in a value set, and what could not be decided.
