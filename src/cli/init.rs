//! `fhir-assay init`: a settings file for a target.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::list::describe_prerequisites;
use super::session::Session;
use super::settings::SettingsArguments;
use super::{CliError, exit, output};
use crate::config::DEFAULT_FILE;
use crate::plan::{Plan, Selection};
use crate::runner::{Declared, declared};

/// What `init` can be told.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// Replace a settings file that is already there
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    settings: SettingsArguments,
}

/// Asks the target what it declares, writes the settings file, and says which data the tests need.
pub fn init(arguments: InitArguments) -> Result<u8, CliError> {
    let path = PathBuf::from(DEFAULT_FILE);
    if path.exists() && !arguments.force {
        return Err(format!("{DEFAULT_FILE} is already there; replace it with --force").into());
    }
    let session = Session::new(arguments.settings)?;
    let Some(target) = session.config.target.clone() else {
        return Err("name the server with --target URL".into());
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let found = runtime.block_on(declared(&target, &session.config))?;
    let plan = Plan::new(
        &session.suite,
        &Selection {
            patients: Some(found.patients.len()),
            capabilities: Some(&found.capabilities),
            access: Some(&found.access),
            ..Selection::of(&session.config)
        },
    );
    std::fs::write(&path, settings_file(target.as_str(), &found, &plan))
        .map_err(|error| format!("cannot write {DEFAULT_FILE}: {error}"))?;
    output::line(format_args!("{DEFAULT_FILE} written."));
    for note in &found.notes {
        output::line(format_args!("note: {note}"));
    }
    let selected = plan.selected().count();
    output::line(format_args!(
        "{selected} of {} tests apply to what it declares.",
        plan.tests.len()
    ));
    output::print(format_args!(
        "{}",
        describe_prerequisites(&plan.prerequisites())
    ));
    Ok(exit::CONFORMANT)
}

fn settings_file(target: &str, found: &Declared, plan: &Plan) -> String {
    let mut text = format!(
        "# Settings of fhir-assay; `fhir-assay run --help` explains each.\ntarget = {target:?}\n"
    );
    if let Some(software) = &found.software {
        // A comment, so that what the target says of itself cannot become a setting.
        let software: String = software.chars().filter(|c| !c.is_control()).collect();
        text.insert_str(0, &format!("# {software}\n"));
    }
    let _ = writeln!(
        text,
        "\n# The patients to test with; isolation tests need two.\npatient = {:?}",
        found.patients
    );
    let types: Vec<&str> = found
        .capabilities
        .types
        .keys()
        .map(String::as_str)
        // A server may declare hundreds; those that the suite tests are of interest.
        .filter(|name| {
            plan.tests
                .iter()
                .any(|test| test.resource_type.as_deref() == Some(*name))
        })
        .collect();
    let _ = writeln!(
        text,
        "\n# Declared, of the types that are tested: {}",
        types.join(", ").replace(|c: char| c.is_control(), "")
    );
    text += "# To test something that is not declared, replace the declaration:\n# [capabilities.Condition]\n# interactions = [\"read\", \"search-type\"]\n# search-parameters = [\"patient\"]\n";
    text
}
