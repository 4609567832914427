//! Drives a server under test: plan → exchanges → checks → outcome.
//!
//! ```text
//! discover  what the target declares, and the patients to test with
//! gather    the evidence pool: complete searches by patient, then what is referred to
//! schedule  the plan's tests, stage by stage, as many at once as is courteous
//!   execute   one test: given → steps → request, send, check
//! assemble  outcomes and exchanges → the record
//! ```

mod assemble;
mod authorize;
mod body;
mod cleanup;
mod discover;
mod evidence;
mod execute;
mod fill;
mod gather;
mod given;
mod identity;
mod observe;
mod ready;
mod request;
mod schedule;
mod seen;
mod send;
mod token_request;
mod trial;

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::watch;
use url::Url;

use crate::auth::Notation;
use crate::config::{DeclaredCapabilities, RunConfig};
use crate::event::Event;
use crate::http::{Client, ClientError, HttpSettings};
use crate::outcome::{RunOutcome, SkipKind};
use crate::plan::{Plan, Selection, Stage};
use crate::pool::Pool;
use crate::profile::Validator;
use crate::suite::Suite;
use crate::xml;

pub use discover::Discovered as Declared;
use discover::Discovered;
pub use identity::OTHER_SERVER;

/// Hears what happens in a run; called from several threads.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// Becomes true when the run is to end early.
pub type Cancel = watch::Receiver<bool>;

/// A run to make.
pub struct Run<'r> {
    pub suite: &'r Suite,
    pub config: &'r RunConfig,
    /// FHIR base URL of the target, with a slash at its end.
    pub base: Url,
    /// True for the embedded reference provider.
    pub embedded: bool,
    pub validator: Validator,
    /// The packages of definitions in use, as `NAME#VERSION`.
    pub definitions: Vec<String>,
}

/// What all tests of a run share.
struct Context {
    client: Client,
    /// Base URL without the slash at its end.
    base: String,
    validator: Validator,
    patients: Vec<String>,
    gathered: gather::Gathered,
    /// The notation in which scopes were granted.
    notation: Option<Notation>,
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the filter selects no test; `fhir-assay list` shows them all ({0})")]
    NothingSelected(String),
}

impl Run<'_> {
    /// Runs the suite. What was found before an interruption is in the outcome.
    ///
    /// # Errors
    /// When the settings do not make a client, or the filters select nothing.
    pub async fn run(self, listener: Listener, cancel: Cancel) -> Result<RunOutcome, RunError> {
        let began = (Timestamp::now(), Instant::now());
        if Plan::new(self.suite, &Selection::of(self.config))
            .tests
            .iter()
            .all(is_deselected)
        {
            return Err(RunError::NothingSelected(self.config.filters.join(", ")));
        }
        let client = client(&self.base, self.config)?;
        let prepared = until_cancelled(self.prepare(client, &listener), cancel.clone()).await;
        let Some((context, discovered, plan, pool)) = prepared else {
            let plan = Plan::new(self.suite, &Selection::of(self.config));
            return Ok(assemble::interrupted_early(&self, &plan, began));
        };
        listener(Event::Planned {
            tests: plan.tests.len(),
            skipped: plan.tests.iter().filter(|test| test.skip.is_some()).count(),
        });
        let trials = trial::trials(&plan, &discovered, |capabilities| {
            self.plan_with(&discovered, capabilities)
        });
        let work = schedule::Work {
            plan: &plan,
            trials,
        };
        let done = schedule::all(work, Arc::new(context), pool, &listener, cancel).await;
        let outcome = assemble::assemble(&self, &plan, &discovered, done, began);
        listener(Event::Finished {
            run: Box::new(outcome.run.clone()),
            summary: outcome.summary.clone(),
        });
        Ok(outcome)
    }

    fn plan(&self, discovered: &Discovered) -> Plan {
        self.plan_with(discovered, &discovered.capabilities)
    }

    fn plan_with(&self, discovered: &Discovered, capabilities: &DeclaredCapabilities) -> Plan {
        Plan::new(
            self.suite,
            &Selection {
                patients: Some(discovered.patients.len()),
                capabilities: Some(capabilities),
                access: Some(&discovered.access),
                ..Selection::of(self.config)
            },
        )
    }

    async fn prepare(
        &self,
        client: Client,
        listener: &Listener,
    ) -> (Context, Discovered, Plan, Pool) {
        let say = |text: &str| listener(Event::Preparing(text.to_owned()));
        say("reading what the server declares");
        let mut discovered = discover::discover(&client, self.config).await;
        let mut plan = self.plan(&discovered);
        let needs_pool = plan.selected().any(|test| test.stage > Stage::Gather);
        let (pool, gathered) = if needs_pool {
            say("collecting resources to test with");
            gather::gather(&client, &discovered).await
        } else {
            Default::default()
        };
        if let (Some(status), None) = (client.turned_away(), &discovered.access.problem) {
            let problem = authorize::turned_away(status, self.config);
            discovered
                .notes
                .push(format!("No test of data could be run: {problem}."));
            discovered.access.problem = Some(problem);
            plan = self.plan(&discovered);
        }
        discovered.notes.extend(gathered.notes.iter().cloned());
        for note in &mut discovered.notes {
            *note = client.redact(note);
        }
        let context = Context {
            base: client.base().as_str().trim_end_matches('/').to_owned(),
            client,
            validator: self.validator.clone(),
            patients: discovered.patients.clone(),
            gathered,
            notation: discovered.notation,
        };
        (context, discovered, plan, pool)
    }
}

fn is_deselected(test: &crate::plan::PlannedTest) -> bool {
    test.skip
        .as_ref()
        .is_some_and(|skip| skip.kind == SkipKind::Deselected)
}

/// The future's result, or nothing where the run is cancelled first.
async fn until_cancelled<T>(future: impl Future<Output = T>, mut cancel: Cancel) -> Option<T> {
    tokio::select! {
        result = future => Some(result),
        () = cancelled(&mut cancel) => None,
    }
}

/// Ends when the run is cancelled; never where nobody can cancel it any more.
async fn cancelled(cancel: &mut Cancel) {
    if cancel.wait_for(|cancelled| *cancelled).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What a target declares and which patients it has, without any test.
///
/// # Errors
/// When the settings do not make a client.
pub async fn declared(base: &Url, config: &RunConfig) -> Result<Declared, ClientError> {
    let client = client(base, config)?;
    Ok(discover::discover(&client, config).await)
}

/// A client that understands FHIR XML beside JSON.
fn client(base: &Url, config: &RunConfig) -> Result<Client, ClientError> {
    let settings = HttpSettings {
        read_xml: Some(xml::read_value),
        ..config.http.clone()
    };
    Client::new(base.clone(), settings)
}
