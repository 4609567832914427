//! Arguments → subcommand → exit code. Dispatches only.
