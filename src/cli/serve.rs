//! `fhir-assay serve`: the reference provider for anyone to look at.

use clap::Args;

use super::{CliError, exit, output};
use crate::provider::{Fault, FaultSet, Provider, ProviderOptions};

/// What `serve` can be told.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Break one behaviour on purpose (repeatable); `list` shows all faults
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
}

/// Serves until interrupted.
pub fn serve(arguments: &ServeArguments) -> Result<u8, CliError> {
    if arguments.fault.iter().any(|name| name == "list") {
        for fault in Fault::all() {
            output::line(format_args!("{}  {}", fault.name(), fault.description()));
        }
        return Ok(exit::CONFORMANT);
    }
    let faults = FaultSet::of(arguments.fault.iter().map(String::as_str))?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let options = ProviderOptions {
            port: arguments.port,
            faults,
            ..ProviderOptions::default()
        };
        let provider = Provider::start(options).await.map_err(|error| {
            format!(
                "cannot listen on port {}: {error}; choose another with --port",
                arguments.port
            )
        })?;
        output::line(format_args!("FHIR base: {}", provider.base_url()));
        output::line(format_args!("Press Ctrl-C to stop."));
        tokio::signal::ctrl_c().await?;
        Ok(exit::CONFORMANT)
    })
}
