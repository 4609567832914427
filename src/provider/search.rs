//! Search (FHIR R4 search): parameters → matches → one page as a Bundle.

use serde_json::Value;

use super::ask::Ask;
use super::bundle;
use super::outcome::Refusal;
use super::page::{self, Window};
use super::reply::Reply;
use super::server::Provider;
use super::sort::Sort;
use super::store::Store;
use crate::search::{Context, Match, Query, QueryError, find, rule};

/// The references that `_include` can follow, with the member that holds each.
pub(super) const INCLUDES: [(&str, &str, &str); 2] = [
    (
        "MedicationRequest",
        "MedicationRequest:medication",
        "medicationReference",
    ),
    (
        "MedicationStatement",
        "MedicationStatement:medication",
        "medicationReference",
    ),
];

/// The reverse include that every clinical type has: who made a record, and from what.
pub(super) const REVERSE_INCLUDE: &str = "Provenance:target";

/// The type that a parameter brings into a search for this type, beside the matches.
pub(super) fn included_by(resource_type: &str, name: &str, value: &str) -> Option<&'static str> {
    let is_known = |(of, known, _): &(&str, &str, &str)| *of == resource_type && *known == value;
    match name {
        "_include" if INCLUDES.iter().any(is_known) => Some("Medication"),
        "_revinclude" if value == REVERSE_INCLUDE => Some("Provenance"),
        _ => None,
    }
}

/// A search that was understood.
#[derive(Debug, Clone)]
pub(super) struct Search {
    pub(super) resource_type: String,
    /// The parameters that are used, as they came, without those for paging.
    pub(super) used: Vec<(String, String)>,
    /// Members whose references are included.
    pub(super) includes: Vec<&'static str>,
    /// True where the Provenance of the matches is included.
    pub(super) with_provenance: bool,
    /// Entries on a page, where the client said.
    pub(super) count: Option<usize>,
    /// The order of the matches; absent: by id.
    pub(super) sort: Option<Sort>,
    /// True for `_summary=count`.
    pub(super) only_count: bool,
    /// The members that `_elements` asks for; empty: all.
    pub(super) elements: Vec<String>,
    /// Parameters that are not known here.
    pub(super) ignored: Vec<String>,
    /// Value of `_format`.
    pub(super) format: Option<String>,
    /// Matches before the page.
    pub(super) offset: usize,
    /// True for `POST [type]/_search`.
    pub(super) posted: bool,
    query: Query,
}

pub(super) fn answer(
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
    let mut window = Window::new(&search, matches.len());
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
    store
        .all(&search.resource_type)
        .filter(|resource| match search.query.matches(resource, &context) {
            Match::Must => true,
            Match::MustNot => false,
            Match::May(rule) => includes(rule),
        })
        .collect()
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

impl Search {
    fn parse(
        resource_type: &str,
        parameters: &[(String, String)],
        ask: &Ask,
    ) -> Result<Self, Refusal> {
        let mut search = Self {
            resource_type: resource_type.to_owned(),
            used: Vec::new(),
            includes: Vec::new(),
            with_provenance: false,
            count: None,
            format: None,
            sort: None,
            only_count: false,
            elements: Vec::new(),
            ignored: Vec::new(),
            offset: 0,
            posted: ask.posted,
            query: Query::parse::<&str, &str>(resource_type, &[]).map_err(refusal)?,
        };
        let mut criteria = Vec::new();
        for (name, value) in parameters {
            match name.as_str() {
                "_format" => search.format = Some(value.clone()),
                "_count" => search.count = Some(page::count(value)?),
                "_page" => search.offset = page::offset(value)?,
                "_summary" if value == "count" => search.only_count = true,
                "_sort" if Sort::read(value).is_some() => search.sort = Sort::read(value),
                "_elements" => search.elements = elements(value),
                "_include" => search.include(value)?,
                "_revinclude" => search.include_reverse(value)?,
                _ if is_known(resource_type, name) => criteria.push((name, value)),
                _ if ask.strict() => {
                    return Err(Refusal::not_supported(format!(
                        "{resource_type} has no search parameter '{name}' here"
                    )));
                }
                _ => {
                    search.ignored.push(name.clone());
                    continue;
                }
            }
            if !matches!(name.as_str(), "_format" | "_page" | "_count") {
                search.used.push((name.clone(), value.clone()));
            }
        }
        search.query = Query::parse(resource_type, &criteria).map_err(refusal)?;
        Ok(search)
    }

    fn include_reverse(&mut self, value: &str) -> Result<(), Refusal> {
        if value != REVERSE_INCLUDE || find(&self.resource_type, "patient").is_none() {
            return Err(Refusal::not_supported(format!("cannot include '{value}'")));
        }
        self.with_provenance = true;
        Ok(())
    }

    fn include(&mut self, value: &str) -> Result<(), Refusal> {
        let (_, _, member) = INCLUDES
            .iter()
            .find(|(resource_type, include, _)| {
                self.resource_type == *resource_type && value == *include
            })
            .ok_or_else(|| Refusal::not_supported(format!("cannot include '{value}'")))?;
        self.includes.push(member);
        Ok(())
    }
}

fn elements(value: &str) -> Vec<String> {
    let names = value.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_known(resource_type: &str, name: &str) -> bool {
    let base = name.split([':', '.']).next().unwrap_or_default();
    find(resource_type, base).is_some()
}

fn refusal(error: QueryError) -> Refusal {
    match &error {
        QueryError::Value { .. } => Refusal::invalid(error.to_string()),
        _ => Refusal::not_supported(error.to_string()),
    }
}
