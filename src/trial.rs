//! The `cargo test` face: every test of a plan as a libtest-mimic trial.
