//! What a run can do with regard to authorization, and which tests that keeps from running.

use std::collections::BTreeSet;

use super::PlannedTest;
use crate::config::RunConfig;
use crate::outcome::{Skip, SkipKind};
use crate::suite::{Action, Capability, Step};

/// How a run tells who it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Means {
    /// Not at all.
    #[default]
    Nothing,
    /// By a bearer token that was given to it.
    Bearer,
    /// By tokens that it obtains as a client of SMART Backend Services.
    Client,
}

impl Means {
    /// What the settings say. The embedded provider takes the run for a client.
    #[must_use]
    pub fn of(config: &RunConfig) -> Self {
        if !config.authorization.clients.is_empty() || config.target.is_none() {
            Self::Client
        } else if config.http.bearer.is_some() {
            Self::Bearer
        } else {
            Self::Nothing
        }
    }
}

/// What was found out about authorization before the tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Members of the target's smart-configuration that can be used.
    pub discovered: BTreeSet<String>,
    /// Types on which the run was granted no right.
    pub without_rights: BTreeSet<String>,
    /// Why the run is not let in, and what to do; absent: it is.
    pub problem: Option<String>,
    /// True where the authorization server itself is to blame, so that it is worth testing.
    pub is_server_at_fault: bool,
}

/// Why a test will not run for want of authorization.
pub(super) fn skip(test: &PlannedTest, means: Means, access: Option<&Access>) -> Option<Skip> {
    let lacking = |reason: String| Skip {
        kind: SkipKind::NotApplicable,
        reason,
    };
    for requires in &test.case.requires {
        let name = requires
            .capability
            .template()
            .render_known(&|name| test.value(name));
        match &requires.capability {
            Capability::Authorization(_) if name == "client" && means < Means::Client => {
                return Some(lacking(
                    "the run has no client of SMART Backend Services; give --client-id and --key (`fhir-assay keys` makes a key)".to_owned(),
                ));
            }
            Capability::Authorization(_) if means < Means::Bearer => {
                return Some(lacking(
                    "the run has no authorization to test with; give --client-id and --key, or --bearer".to_owned(),
                ));
            }
            Capability::Discovered(_)
                if access.is_some_and(|access| !access.discovered.contains(&name)) =>
            {
                return Some(lacking(format!(
                    "the smart-configuration has no usable {name}, which is optional; where the server has it, announce it there"
                )));
            }
            _ => {}
        }
    }
    let access = access?;
    let without = test.resource_type.as_ref();
    if let Some(kind) = without.filter(|kind| access.without_rights.contains(*kind)) {
        return Some(lacking(format!(
            "the run was granted no right on {kind}; register its client for reading and searching it, and name that scope where --scope is given"
        )));
    }
    let problem = access.problem.as_ref()?;
    needs_entry(test, access).then(|| Skip {
        kind: SkipKind::Blocked,
        reason: problem.clone(),
    })
}

/// Whether a test is in vain where the run is not let in.
fn needs_entry(test: &PlannedTest, access: &Access) -> bool {
    let mut steps = test.case.steps.iter();
    steps.any(|step| step_needs_entry(test, step, access))
}

/// Whether what lies at this path below the base URL is open to all.
#[must_use]
pub fn is_open(path: &str) -> bool {
    path.starts_with("metadata") || path.starts_with(".well-known/")
}

fn step_needs_entry(test: &PlannedTest, step: &Step, access: &Access) -> bool {
    let fill = |template: &crate::suite::Template| template.render_known(&|name| test.value(name));
    match &step.request {
        None => true,
        Some(Action::Discovered(_) | Action::Handshake(_)) => false,
        Some(Action::Token(_)) => !access.is_server_at_fault,
        Some(Action::Introspect(_)) => true,
        Some(action) => {
            let is_open = matches!(action, Action::Get(get) if is_open(&fill(&get.path)));
            let who = action.identity().map(fill);
            let is_nobody = matches!(who.as_deref(), Some("anonymous" | "garbage"));
            !is_open && !is_nobody
        }
    }
}
