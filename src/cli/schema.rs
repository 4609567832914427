//! `fhir-assay schema`: what JSON Schema can say of a profile.

use clap::Args;

use super::{CliError, definitions, exit, output};
use crate::profile::Validator;

/// What `schema` can be told.
#[derive(Debug, Args)]
pub struct SchemaArguments {
    /// Canonical URL of a profile or base type
    #[arg(value_name = "PROFILE")]
    profile: String,

    /// FHIR package whose definitions win over the built-in ones: .tgz, folder, .json or NAME#VERSION (repeatable)
    #[arg(long, value_name = "PACKAGE")]
    package: Vec<String>,
}

/// Prints the schema.
pub fn schema(arguments: &SchemaArguments) -> Result<u8, CliError> {
    let validator = Validator::new(definitions::load(&arguments.package, None)?);
    let schema = validator.json_schema(&arguments.profile)?;
    output::line(serde_json::to_string_pretty(&schema)?);
    Ok(exit::CONFORMANT)
}
