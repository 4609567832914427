//! `matches: oracle`: the matches are all that satisfy the search, and nothing else, as far as FHIR R4
//! decides it. What was found earlier by patient alone is the set that must be covered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::matches::{matches_in_words, named};
use super::{Answer, Finding, Paging, View};
use crate::pool::{Key, Pool, key};
use crate::search::{Context, Form, Match, Query, derive_all, is_result_parameter};
use crate::suite::Expectation;

const EXPECTED: &str = "every record that satisfies the search, and no other";
/// Records that are missing and read again, to see whether they are still as they were.
const READ_AGAIN: usize = 5;

/// What a second look at records brought: nothing where they are gone.
pub type Again = BTreeMap<Key, Option<Arc<Value>>>;

pub(super) fn check(view: &View<'_>) -> Finding {
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    match answer.response().map(|response| response.status) {
        Some(status) if (200..300).contains(&status) => {}
        status => {
            return Finding::blocked(match status {
                Some(status) => format!("status {status}: the search was not answered"),
                None => "there is no answer to judge".to_owned(),
            });
        }
    }
    match Asked::of(answer) {
        Ok(asked) => judge(&asked, answer, &Known::of(view)),
        Err(problem) => Finding::error(EXPECTED, problem),
    }
}

/// The records that are missing among the matches, where an expectation is about them: those that
/// are worth a second look.
#[must_use]
pub fn missing(expectations: &[Expectation], view: &View<'_>) -> Vec<Key> {
    let is_judged = expectations
        .iter()
        .any(|expectation| matches!(expectation, Expectation::Matches(_)));
    let Some(answer) = view.answer.filter(|_| is_judged) else {
        return Vec::new();
    };
    match Asked::of(answer) {
        Ok(asked) if answer.bundles().next().is_some() => {
            let missing = asked.missing(answer, &Known::of(view));
            missing.into_iter().take(READ_AGAIN).collect()
        }
        _ => Vec::new(),
    }
}

/// What is known beside the answer.
struct Known<'a> {
    pool: &'a Pool,
    base: &'a str,
    again: &'a Again,
}

impl<'a> Known<'a> {
    fn of(view: &View<'a>) -> Self {
        Self {
            pool: view.pool,
            base: view.base,
            again: view.again,
        }
    }
}

/// What a search asked for.
struct Asked<'a> {
    kind: &'a str,
    parameters: Vec<&'a (String, String)>,
    query: Query,
}

impl<'a> Asked<'a> {
    fn of(answer: &'a Answer) -> Result<Self, String> {
        let searched = answer.searched.as_ref().ok_or("the step makes no search")?;
        let parameters: Vec<_> = searched
            .parameters
            .iter()
            .filter(|(name, _)| !is_result_parameter(name))
            .collect();
        let pairs: Vec<(&str, &str)> = parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let query = Query::parse(&searched.resource_type, &pairs)
            .map_err(|error| format!("the search cannot be judged: {error}"))?;
        Ok(Self {
            kind: &searched.resource_type,
            parameters,
            query,
        })
    }

    fn about(&self, resource: &Value, known: &Known<'_>) -> Match {
        self.query
            .matches(resource, &Context::new(known.base, known.pool))
    }

    /// What was found by patient, must be found by this search too, and was not.
    fn missing(&self, answer: &Answer, known: &Known<'_>) -> Vec<Key> {
        let found: BTreeSet<Key> = answer.match_keys().into_iter().collect();
        known
            .pool
            .of_type(self.kind)
            .filter(|resource| self.about(resource, known) == Match::Must)
            .filter_map(|resource| key(resource))
            .filter(|key| known.pool.is_listed(key) && !found.contains(key))
            .collect()
    }

    /// The record with what it holds for the parameters: `Condition/1 (code 1234)`.
    fn describe(&self, resource: &Value) -> String {
        let id = resource["id"].as_str().unwrap_or("?");
        let held = self.parameters.iter().filter_map(|(name, _)| {
            let name = name.split([':', '.']).next().unwrap_or(name);
            let values = derive_all(self.kind, name, resource, Form::own(self.kind, name));
            (name != "patient").then(|| match values.is_empty() {
                true => format!("no {name}"),
                false => format!("{name} {}", values.join(", ")),
            })
        });
        let mut held: Vec<String> = held.collect();
        held.dedup();
        format!("{}/{id} ({})", self.kind, held.join("; "))
    }
}

fn judge(asked: &Asked<'_>, answer: &Answer, known: &Known<'_>) -> Finding {
    let wrong: Vec<&Value> = answer
        .matches()
        .filter(|resource| asked.about(resource, known) == Match::MustNot)
        .collect();
    let missing = asked.missing(answer, known);
    let total = matches_in_words(answer.match_keys().len());
    if let Some(first) = wrong.first() {
        let keys: Vec<Key> = wrong.iter().filter_map(|resource| key(resource)).collect();
        return Finding::fail(
            EXPECTED,
            format!(
                "{total}, of which {} do not satisfy it: {}; for one, {}",
                wrong.len(),
                named(keys.iter()),
                asked.describe(first)
            ),
        )
        .fix("return only resources that satisfy every parameter of the search");
    }
    let Some(first) = missing.first() else {
        return Finding::pass(EXPECTED, total);
    };
    let actual = format!("{total}; missing: {}", named(missing.iter()));
    if answer.paging != Paging::Complete {
        return Finding::error(EXPECTED, format!("{actual}; not all pages could be read"));
    }
    let is_as_before = |key: &Key| match known.again.get(key) {
        Some(now) => now
            .as_ref()
            .is_some_and(|now| asked.about(now, known) == Match::Must),
        None => true,
    };
    if !missing.iter().any(is_as_before) {
        let actual = format!("{actual}; they were changed or deleted while the test ran");
        return Finding::error(EXPECTED, actual);
    }
    let example = known.pool.get(&first.0, &first.1);
    let example = example.map_or_else(String::new, |resource| {
        format!("; for one, {}", asked.describe(resource))
    });
    Finding::fail(EXPECTED, actual + &example)
        .fix("return every resource that satisfies the search, as the search by patient alone does")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::Searched;
    use crate::check::fixture::exchanged;
    use crate::outcome::Verdict;

    fn observation(id: &str, date: &str) -> Arc<Value> {
        Arc::new(json!({
            "resourceType": "Observation", "id": id, "subject": { "reference": "Patient/p" },
            "effectiveDateTime": date,
        }))
    }

    /// A search from 2020 on; what was found earlier are records of these years.
    fn verdict(years: &[&str], found: &[(&str, &str)], paging: Paging, again: &Again) -> Verdict {
        let mut pool = Pool::default();
        for year in years {
            let resource = observation(year, year);
            pool.add(&resource);
            pool.list(key(&resource).expect("a key"));
        }
        pool.add(&observation("seen-elsewhere", "2024"));
        let entries: Vec<Value> = found
            .iter()
            .map(|(id, date)| json!({ "resource": *observation(id, date) }))
            .collect();
        let bundle = json!({ "resourceType": "Bundle", "entry": entries });
        let answer = Answer {
            exchanges: vec![Arc::new(exchanged(200, &bundle.to_string()))],
            searched: Some(Searched {
                resource_type: "Observation".to_owned(),
                parameters: [("patient", "p"), ("date", "ge2020"), ("_count", "5")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec(),
            }),
            paging,
        };
        let asked = Asked::of(&answer).expect("a query");
        let base = "http://h/fhir";
        let known = Known {
            pool: &pool,
            base,
            again,
        };
        judge(&asked, &answer, &known).verdict
    }

    #[test]
    fn all_that_satisfies_the_search_and_nothing_else() {
        let key = |id: &str| ("Observation".to_owned(), id.to_owned());
        let same = Again::from([(key("2021"), Some(observation("2021", "2021")))]);
        let gone = Again::from([(key("2021"), None)]);
        let changed = Again::from([(key("2021"), Some(observation("2021", "1999")))]);
        let none = Again::new();
        let years = ["2019", "2020", "2021"];
        let both = [("2020", "2020"), ("2021", "2021")];
        let all = Paging::Complete;
        for (found, paging, again, expected) in [
            (&both[..], all.clone(), &none, Verdict::Pass),
            (&both[..1], all.clone(), &none, Verdict::Fail),
            (&both[..1], all.clone(), &same, Verdict::Fail),
            (&both[..1], all.clone(), &gone, Verdict::Error),
            (&both[..1], all.clone(), &changed, Verdict::Error),
            (&both[..1], Paging::TooMany(9), &none, Verdict::Error),
            (&both, Paging::TooMany(9), &none, Verdict::Pass),
            (
                &[("2020", "2020"), ("2021", "2021"), ("2019", "2019")],
                all.clone(),
                &none,
                Verdict::Fail,
            ),
            // A record that is new belongs there, where it satisfies the search.
            (
                &[("2020", "2020"), ("2021", "2021"), ("new", "2026")],
                all,
                &none,
                Verdict::Pass,
            ),
        ] {
            assert_eq!(verdict(&years, found, paging, again), expected, "{found:?}");
        }
    }
}
