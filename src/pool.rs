//! The evidence pool: every resource the target has shown in this run, by type and id.
