//! RunOutcome → JSON, JUnit, HTML. Never runs anything.
