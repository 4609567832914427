//! What all runs of a matrix share: suite, definitions and settings, compiled once.

use std::sync::Arc;

use tokio::sync::watch;

use crate::config::RunConfig;
use crate::definition::Definitions;
use crate::embedded::Embedded;
use crate::outcome::RunOutcome;
use crate::profile::Validator;
use crate::provider::ProviderOptions;
use crate::report::ReportError;
use crate::runner::{Run, RunError};
use crate::suite::Suite;

/// The suite and all that it needs, ready for many runs.
pub struct Bench {
    suite: Suite,
    config: RunConfig,
    validator: Validator,
}

/// Why a run against the embedded provider could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error("the embedded provider cannot listen on 127.0.0.1: {0}")]
    Listen(#[from] std::io::Error),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl Bench {
    /// The suite with these settings, of which no target is used.
    #[must_use]
    pub fn new(suite: Suite, config: RunConfig) -> Self {
        Self {
            suite,
            config,
            validator: Validator::new(Definitions::embedded()),
        }
    }

    /// The suite that is run.
    #[must_use]
    pub fn suite(&self) -> &Suite {
        &self.suite
    }

    /// One run of the suite against an instance of its own.
    ///
    /// # Errors
    /// Where the instance cannot listen, or the settings select no test.
    pub async fn run(&self, options: ProviderOptions) -> Result<RunOutcome, BenchError> {
        self.run_as(&self.suite, &self.config, options).await
    }

    /// One run of the suite with its cases in another order and so many requests at once.
    pub(super) async fn run_shuffled(
        &self,
        round: usize,
        jobs: usize,
    ) -> Result<RunOutcome, BenchError> {
        let mut cases = self.suite.cases.clone();
        shuffle(&mut cases, round);
        let suite = Suite {
            cases,
            tables: self.suite.tables.clone(),
            requirements: self.suite.requirements.clone(),
            diagnostics: Vec::new(),
            sha256: self.suite.sha256.clone(),
        };
        let mut config = self.config.clone();
        config.http.limits.jobs = jobs;
        self.run_as(&suite, &config, ProviderOptions::default())
            .await
    }

    async fn run_as(
        &self,
        suite: &Suite,
        config: &RunConfig,
        options: ProviderOptions,
    ) -> Result<RunOutcome, BenchError> {
        let embedded = Embedded::start(options).await?;
        let config = embedded.settings(config);
        let run = Run {
            suite,
            config: &config,
            base: embedded.base().clone(),
            embedded: true,
            validator: self.validator.clone(),
            definitions: Vec::new(),
        };
        let (_never, cancel) = watch::channel(false);
        Ok(run.run(Arc::new(|_| {}), cancel).await?)
    }
}

/// Another order for every round, the same one each time: rounds are to be repeatable.
fn shuffle<T>(items: &mut [T], round: usize) {
    let mut random = Random::new(round as u64);
    for last in (1..items.len()).rev() {
        items.swap(last, random.below(last + 1));
    }
}

/// A small generator of repeatable numbers (`SplitMix64`).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to below this one, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_keeps_all_items_and_differs_by_round() {
        let order = |round| {
            let mut items: Vec<usize> = (0..50).collect();
            shuffle(&mut items, round);
            items
        };
        assert_ne!(order(1), order(2));
        assert_eq!(order(1), order(1));
        let mut sorted = order(3);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    }
}
