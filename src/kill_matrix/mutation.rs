//! Changes that nobody aimed: one response of a run is changed by a generic operator, and the run is
//! asked whether it noticed. The share that is noticed stands beside that of the faults, which were
//! written by those who wrote the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::middleware::from_fn;
use serde::Serialize;

use super::bench::{Bench, BenchError, Random};
use super::judge::noticed;
use super::message::{Message, intercept, key_of};
use super::operators::{OPERATORS, Operator};
use crate::outcome::{RunOutcome, Verdict};
use crate::provider::{Between, ProviderOptions};

/// One change of one response.
pub(super) struct Mutant {
    operator: &'static Operator,
    /// Which request's response is changed.
    request: String,
    site: String,
    /// The place in words that are the same for all responses of its kind.
    place: String,
}

/// Whether a change was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MutantVerdict {
    /// A test failed or warned.
    Noticed,
    /// Tests could not tell, and none failed.
    Inconclusive,
    /// Every test passed.
    Survived,
}

/// A change and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct MutantOutcome {
    pub operator: &'static str,
    pub request: String,
    /// JSON pointer or name of a header; empty for the whole response.
    pub site: String,
    pub place: String,
    pub verdict: MutantVerdict,
}

/// What became of the changes by one operator.
#[derive(Debug, Clone, Serialize)]
pub struct OperatorTally {
    pub name: &'static str,
    pub description: &'static str,
    /// Places in all responses of a run where it can be applied.
    pub sites: usize,
    pub tried: usize,
    pub noticed: usize,
    pub inconclusive: usize,
    /// What of it is no mistake, or cannot be seen from outside.
    pub unseen: &'static str,
    pub survivors: Vec<Survivors>,
}

/// Changes of a kind that were not noticed.
#[derive(Debug, Clone, Serialize)]
pub struct Survivors {
    pub place: String,
    pub number: usize,
    /// The first of them, to look at.
    pub request: String,
}

/// Picks so many changes for each operator, evenly from all that recorded sound runs allow.
pub(super) fn sample(
    runs: &[RunOutcome],
    each: usize,
) -> (Vec<Arc<Mutant>>, BTreeMap<&'static str, usize>) {
    let responses = responses(runs);
    let mut random = Random::new(1);
    let mut sizes = BTreeMap::new();
    let mut mutants = Vec::new();
    for operator in OPERATORS {
        let mut sites: Vec<(&str, String, &Message)> = responses
            .iter()
            .flat_map(|(request, message)| {
                let sites = (operator.sites)(message).into_iter();
                sites.map(move |site| (request.as_str(), site, message))
            })
            .collect();
        sizes.insert(operator.name, sites.len());
        for _ in 0..each.min(sites.len()) {
            let (request, site, message) = sites.swap_remove(random.below(sites.len()));
            mutants.push(Arc::new(Mutant {
                operator,
                place: place(request, &site, message),
                request: request.to_owned(),
                site,
            }));
        }
    }
    (mutants, sizes)
}

/// The responses of runs by their request, each once.
fn responses(runs: &[RunOutcome]) -> BTreeMap<String, Message> {
    runs.iter()
        .flat_map(|run| &run.exchanges)
        .filter_map(|exchange| Some((key_of(exchange)?, Message::recorded(exchange)?)))
        .collect()
}

/// The interaction and the place, without ids, values and indexes.
fn place(request: &str, site: &str, message: &Message) -> String {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').filter(|part| !part.is_empty()).skip(1);
    let kind = match (parts.next(), parts.next()) {
        (Some(name), None | Some("_search")) if name != "metadata" => format!("search {name}"),
        (Some(name), Some(_)) => format!("read {name}"),
        (name, _) => name.unwrap_or("base").to_owned(),
    };
    let members: Vec<&str> = site
        .split('/')
        .filter(|part| !part.is_empty() && !part.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let outcome = if message.status < 400 {
        ""
    } else {
        ", refused"
    };
    format!("{kind}{outcome}: {}", members.join("."))
        .trim_end_matches(": ")
        .to_owned()
}

/// Runs the suite with one response changed.
pub(super) async fn run(bench: &Bench, mutant: &Arc<Mutant>) -> Result<MutantOutcome, BenchError> {
    let shared = Arc::clone(mutant);
    let between = Between::new(move |router| {
        let mutant = Arc::clone(&shared);
        router.layer(from_fn(move |request, next| {
            let mutant = Arc::clone(&mutant);
            async move {
                let change = |message: &mut Message| (mutant.operator.apply)(message, &mutant.site);
                intercept(request, next, &mutant.request, change).await
            }
        }))
    });
    let options = ProviderOptions {
        between: Some(between),
        ..ProviderOptions::default()
    };
    let verdict = verdict(&bench.run(options).await?);
    Ok(MutantOutcome {
        operator: mutant.operator.name,
        request: mutant.request.clone(),
        site: mutant.site.clone(),
        place: mutant.place.clone(),
        verdict,
    })
}

fn verdict(run: &RunOutcome) -> MutantVerdict {
    if run.cases.iter().any(|case| noticed(case).is_some()) {
        MutantVerdict::Noticed
    } else if run.cases.iter().any(|case| case.verdict == Verdict::Error) {
        MutantVerdict::Inconclusive
    } else {
        MutantVerdict::Survived
    }
}

/// Counts by operator, in the operators' order.
pub(super) fn tally(
    outcomes: &[MutantOutcome],
    sizes: &BTreeMap<&'static str, usize>,
) -> Vec<OperatorTally> {
    let of = |operator: &'static Operator| {
        let of_it: Vec<&MutantOutcome> = outcomes
            .iter()
            .filter(|outcome| outcome.operator == operator.name)
            .collect();
        let count = |verdict| of_it.iter().filter(|one| one.verdict == verdict).count();
        OperatorTally {
            name: operator.name,
            description: operator.description,
            sites: sizes.get(operator.name).copied().unwrap_or_default(),
            tried: of_it.len(),
            noticed: count(MutantVerdict::Noticed),
            inconclusive: count(MutantVerdict::Inconclusive),
            unseen: operator.unseen,
            survivors: survivors(&of_it),
        }
    };
    OPERATORS.iter().map(of).collect()
}

fn survivors(outcomes: &[&MutantOutcome]) -> Vec<Survivors> {
    let survived = |one: &&&MutantOutcome| one.verdict == MutantVerdict::Survived;
    let places: BTreeSet<&str> = outcomes
        .iter()
        .filter(survived)
        .map(|one| one.place.as_str())
        .collect();
    let of = |place: &str| {
        let mut here = outcomes
            .iter()
            .filter(survived)
            .filter(|one| one.place == place);
        Survivors {
            place: place.to_owned(),
            number: here.clone().count(),
            request: here
                .next()
                .map(|one| one.request.clone())
                .unwrap_or_default(),
        }
    };
    places.into_iter().map(of).collect()
}
