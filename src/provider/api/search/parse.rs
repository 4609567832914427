//! The parameters of a search → [`Search`].

use super::page;
use crate::provider::model::{Ask, INCLUDES, REVERSE_INCLUDE, Refusal, Search, Sort};
use crate::search::{Query, QueryError, find};

impl Search {
    /// Reads what is known here; the rest is ignored, or refused where the client is strict.
    pub(super) fn parse(
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
