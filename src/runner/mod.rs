//! Drives a server under test: plan → exchanges → checks → outcome.
