//! Search (FHIR R4 search): parameters → matches → one page as a Bundle.

use serde_json::Value;

use super::bundle;
use super::page;
use crate::provider::instance::Provider;
use crate::provider::model::{Ask, Refusal, Reply, Search};
use crate::provider::store::Store;
use crate::search::{Context, Match, find, rule};

pub(in crate::provider) fn answer(
    provider: &Provider,
    ask: &Ask,
    resource_type: &str,
) -> Result<Reply, Refusal> {
    let mut parameters = ask.parameters.clone();
    provider.faults.ask(resource_type, &mut parameters);
    let search = Search::parse(resource_type, &parameters, ask)?;
    provider.faults.judge(authorize(&search))?;
    let store = provider.store();
    let mut matches = matches(&provider.base, &store, &search);
    if let Some(sort) = search.sort {
        sort.order(&mut matches);
    }
    provider.faults.select(&store, &search, &mut matches);
    let mut window = page::window(&search, matches.len());
    provider.faults.page(&mut window);
    let mut bundle = bundle::searchset(provider, &store, &search, &window, &matches);
    provider.faults.assemble(&mut bundle);
    Ok(Reply::resource(bundle))
}

/// Clinical data is given out by patient only, and patients are not listed (EU Health Data API,
/// resource access and patient match).
fn authorize(search: &Search) -> Result<(), Refusal> {
    if search.resource_type == "Patient" && search.used.is_empty() {
        return Err(Refusal::too_costly(
            "patients are not listed: search by identifier, _id, name or birthdate",
        ));
    }
    let clinical = find(&search.resource_type, "patient").is_some();
    let by_patient = search.used.iter().any(|(name, _)| {
        name.split([':', '.']).next() == Some("patient") && !name.ends_with(":missing")
    });
    if clinical && !by_patient {
        Err(Refusal::required(format!(
            "a search for {} must say of which patient: add patient=[id]",
            search.resource_type
        )))
    } else {
        Ok(())
    }
}

fn matches<'s>(base: &str, store: &'s Store, search: &Search) -> Vec<&'s Value> {
    let context = Context::new(base, store).in_utc();
    let candidates: Box<dyn Iterator<Item = &Value>> = match patient(search) {
        Some(patient) => Box::new(store.perhaps_about(&search.resource_type, patient)),
        None => Box::new(store.all(&search.resource_type)),
    };
    candidates
        .filter(|resource| match search.query.matches(resource, &context) {
            Match::Must => true,
            Match::MustNot => false,
            Match::May(rule) => includes(rule),
        })
        .collect()
}

/// The id of the one patient that is asked for, where the search says so plainly.
fn patient(search: &Search) -> Option<&str> {
    let (_, value) = search.used.iter().find(|(name, _)| name == "patient")?;
    let id = value.strip_prefix("Patient/").unwrap_or(value);
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (!id.is_empty() && id.chars().all(is_id)).then_some(id)
}

/// What this server does where R4 leaves it the choice: it is generous about spelling and
/// bounds.
fn includes(choice: &str) -> bool {
    [
        rule::ACROSS_BOUND,
        rule::TOKEN_CASE,
        rule::IMPLIED_SYSTEM,
        rule::CONTACT_POINT,
        rule::LETTER_FOLDING,
        rule::NAME_PART,
        rule::VERSIONED_REFERENCE,
    ]
    .contains(&choice)
}
