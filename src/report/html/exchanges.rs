//! Every exchange, once.

use std::collections::BTreeMap;

use serde::Serialize;

use super::body::{Body, Budget};
use super::curl;
use super::link::{self, Links};
use crate::http::exchange::{Exchange, Header};
use crate::outcome::{RunOutcome, Verdict};
use crate::report::words::tests;

/// Bytes of all bodies together.
const BODIES: usize = 1536 * 1024;

#[derive(Debug, Serialize)]
pub(super) struct Exchanges {
    list: Vec<View>,
}

#[derive(Debug, Serialize)]
struct View {
    id: String,
    anchor: String,
    method: String,
    /// Without the target's base.
    url: String,
    status: String,
    /// Class of the status: `2`, `4`, ..., or `none`.
    class: String,
    duration: u64,
    curl: String,
    request_headers: Vec<Header>,
    request_body: Option<Body>,
    response_headers: Vec<Header>,
    response_body: Option<Body>,
    failure: Option<String>,
    links: Links,
}

/// The exchanges in their order; the bodies of those that a finding refers to go first where there
/// is not room for all.
pub(super) fn of(outcome: &RunOutcome) -> Exchanges {
    let mut used: BTreeMap<&str, (Verdict, Links)> = BTreeMap::new();
    for test in tests(outcome) {
        for id in test.steps.iter().flat_map(|step| &step.exchanges) {
            let (worst, links) = used.entry(&id.0).or_default();
            *worst = (*worst).max(test.verdict);
            links.push(link::to(test));
        }
    }
    let mut budget = Budget(BODIES);
    let (mut notable, rest): (Vec<_>, Vec<_>) = outcome
        .exchanges
        .iter()
        .enumerate()
        .map(|(at, exchange)| {
            let used = used.remove(exchange.id.0.as_str()).unwrap_or_default();
            (at, exchange, used)
        })
        .partition(|(_, _, (worst, _))| *worst >= Verdict::Warning);
    notable.extend(rest);
    let mut views: Vec<(usize, View)> = notable
        .into_iter()
        .map(|(at, exchange, (_, links))| (at, view(exchange, links, outcome, &mut budget)))
        .collect();
    views.sort_by_key(|(at, _)| *at);
    Exchanges {
        list: views.into_iter().map(|(_, view)| view).collect(),
    }
}

fn view(exchange: &Exchange, links: Links, outcome: &RunOutcome, budget: &mut Budget) -> View {
    let (request, response) = (&exchange.request, exchange.response.as_ref());
    let base = outcome.run.target.url.trim_end_matches('/');
    View {
        id: exchange.id.0.clone(),
        anchor: link::of_exchange(&exchange.id.0),
        method: request.method.clone(),
        url: request
            .url
            .strip_prefix(base)
            .filter(|path| path.len() > 1)
            .unwrap_or(&request.url)
            .to_owned(),
        status: response.map_or_else(
            || "no answer".to_owned(),
            |response| response.status.to_string(),
        ),
        class: response.map_or_else(
            || "none".to_owned(),
            |response| (response.status / 100).to_string(),
        ),
        duration: exchange.timing.duration_ms,
        curl: curl::command(request),
        request_headers: request.headers.clone(),
        request_body: request.body.as_ref().map(|body| budget.show(body)),
        response_headers: response
            .map(|response| response.headers.clone())
            .unwrap_or_default(),
        response_body: response
            .and_then(|response| response.body.as_ref())
            .map(|body| budget.show(body)),
        failure: exchange
            .failure
            .as_ref()
            .map(|failure| failure.message.clone()),
        links,
    }
}
