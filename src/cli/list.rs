//! `fhir-assay list`: the plan without a run.

use clap::Args;

use super::session::Session;
use super::settings::SettingsArguments;
use super::{CliError, exit, output};
use crate::plan::{Plan, PlannedTest, PrerequisiteGain, Selection};

/// What `list` can be told.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Show one test with all its steps
    #[arg(long, value_name = "ID")]
    explain: Option<String>,

    #[command(flatten)]
    settings: SettingsArguments,
}

/// Prints the static plan: no request is sent.
pub fn list(arguments: ListArguments) -> Result<u8, CliError> {
    let session = Session::new(arguments.settings)?;
    let plan = Plan::new(&session.suite, &Selection::of(&session.config));
    if let Some(id) = &arguments.explain {
        let test = plan
            .test(id)
            .ok_or_else(|| format!("no test has the id {id:?}; `fhir-assay list` shows all"))?;
        output::print(format_args!(
            "{}",
            test.explain(&session.suite.requirements)
        ));
        return Ok(exit::CONFORMANT);
    }
    for test in &plan.tests {
        output::line(format_args!("{}", describe(test)));
    }
    let selected = plan.selected().count();
    output::line(format_args!(
        "\n{selected} tests would run, {} would be skipped; a run also skips what the server does not declare.",
        plan.tests.len() - selected
    ));
    output::print(format_args!(
        "{}",
        describe_prerequisites(&plan.prerequisites())
    ));
    Ok(if session.suite.is_broken() {
        exit::BROKEN_CASES
    } else {
        exit::CONFORMANT
    })
}

fn describe(test: &PlannedTest) -> String {
    match &test.skip {
        Some(skip) => format!("{}\n    skipped: {}", test.id, skip.reason),
        None => format!("{}\n    {}", test.id, test.requests().join("\n    ")),
    }
}

/// The data that tests need, and how many tests each part of it is good for.
pub fn describe_prerequisites(gains: &[PrerequisiteGain]) -> String {
    if gains.is_empty() {
        return String::new();
    }
    let mut text = "\nData that the tests need of the patients under test:\n".to_owned();
    for gain in gains {
        let element = gain
            .element
            .as_ref()
            .map(|path| format!(" with {path}"))
            .unwrap_or_default();
        text += &format!(
            "  {}{element}: for {} of the tests ({})\n",
            gain.resource_type,
            gain.tests.len(),
            gain.why.join("; ")
        );
    }
    text
}
