//! Each kind of expectation, with answers that it accepts and answers that it refuses for one reason:
//! the tables of `src/check/tests/`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::Value;

use super::{
    Again, Answer, Earlier, Paging, Scope, Searched, StepFindings, View, missing_matches, roll_up,
    step,
};
use crate::definition::Definitions;
use crate::fhir::Issue;
use crate::http::Exchanged;
use crate::http::exchange::Header;
use crate::outcome::{ExpectationOutcome, Verdict};
use crate::plan::{PlannedTest, Stage};
use crate::pool::{Key, Pool, Resolution, key};
use crate::profile::Validator;
use crate::suite::{Case, Expectation};

const BASE: &str = "http://h/fhir";

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| Validator::new(Definitions::embedded()));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Resources that the rows name, as variables of the test and in the pool.
    #[serde(default)]
    resources: BTreeMap<String, Value>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    expect: Expectation,
    /// Type of the test, for what judges the pool.
    #[serde(default)]
    of: Option<String>,
    #[serde(default)]
    answer: Option<Page>,
    /// The pages of a search.
    #[serde(default)]
    pages: Vec<Page>,
    #[serde(default)]
    open: bool,
    /// What was searched for: `Condition?code=1`.
    #[serde(default)]
    search: Option<String>,
    /// What the step `earlier` found: names of resources.
    #[serde(default)]
    earlier: Option<Vec<String>>,
    #[serde(default)]
    earlier_open: bool,
    /// Names of the resources that are in the pool; all of them, where it is absent.
    #[serde(default)]
    pool: Option<Vec<String>>,
    /// References that led nowhere, with the reason.
    #[serde(default)]
    missing: BTreeMap<String, String>,
    /// References that led to a resource of this type.
    #[serde(default)]
    found: BTreeMap<String, String>,
    /// Answers that were seen before.
    #[serde(default)]
    seen: Vec<Page>,
    /// Each outcome: its verdict, or why it is skipped, and what was found.
    tells: Vec<String>,
    /// What each issue says.
    #[serde(default)]
    issues: Option<Vec<String>>,
    /// What each issue advises; empty where it advises nothing.
    #[serde(default)]
    advice: Option<Vec<String>>,
    /// Where each issue is: its FHIRPath and its JSON pointer.
    #[serde(default)]
    places: Option<Vec<String>>,
    /// How many resources were validated.
    #[serde(default)]
    validated: u64,
    /// The missing matches that are worth a second look, as `Type/id`.
    #[serde(default)]
    second_look: Vec<String>,
    #[serde(default)]
    expected: Option<String>,
    #[serde(default)]
    fix: Option<String>,
    #[serde(default)]
    verifies: Option<Vec<String>>,
}

/// One answer.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
struct Page {
    status: Option<u16>,
    /// FHIR JSON where nothing is said.
    #[serde(rename = "type")]
    content_type: Option<String>,
    headers: BTreeMap<String, String>,
    /// Text as it is, anything else as JSON.
    body: Value,
    /// The matches of a searchset: names of resources.
    matches: Option<Vec<String>>,
    total: Option<u64>,
    is_cut: bool,
    url: Option<String>,
}

impl Page {
    fn exchanged(&self, number: u64, resources: &BTreeMap<String, Value>) -> Arc<Exchanged> {
        let content_type = self
            .content_type
            .as_deref()
            .unwrap_or("application/fhir+json");
        let mut headers = self.headers.clone();
        headers.insert("content-type".to_owned(), content_type.to_owned());
        let headers = headers
            .into_iter()
            .map(|(name, value)| Header { name, value })
            .collect();
        let body = match (&self.matches, &self.body) {
            (Some(names), _) => self.searchset(names, resources).to_string(),
            (None, Value::Null) => String::new(),
            (None, Value::String(text)) => text.clone(),
            (None, body) => body.to_string(),
        };
        let status = self.status.unwrap_or(200);
        let mut exchanged = Exchanged::example(status, headers, body.into_bytes(), self.is_cut);
        exchanged.number = number;
        if let Some(url) = &self.url {
            exchanged.request.url.clone_from(url);
        }
        Arc::new(exchanged)
    }

    fn searchset(&self, names: &[String], resources: &BTreeMap<String, Value>) -> Value {
        let entry = |name: &String| serde_json::json!({ "resource": resources[name], "search": { "mode": "match" } });
        let entries: Vec<Value> = names.iter().map(entry).collect();
        let mut bundle =
            serde_json::json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries });
        if let Some(total) = self.total {
            bundle["total"] = total.into();
        }
        bundle
    }
}

impl Row {
    fn answer(&self, resources: &BTreeMap<String, Value>) -> Option<Answer> {
        let exchanges: Vec<_> = self
            .answer
            .iter()
            .chain(&self.pages)
            .map(|page| page.exchanged(0, resources))
            .collect();
        (!exchanges.is_empty()).then(|| Answer {
            exchanges,
            searched: self.search.as_deref().map(searched),
            paging: match self.open {
                true => Paging::TooMany(9),
                false => Paging::Complete,
            },
        })
    }

    fn pool(&self, resources: &BTreeMap<String, Value>) -> Pool {
        let mut pool = Pool::default();
        let is_there = |name: &String| self.pool.as_ref().is_none_or(|pool| pool.contains(name));
        for (_, resource) in resources.iter().filter(|(name, _)| is_there(name)) {
            pool.add(&Arc::new(resource.clone()));
            key(resource).into_iter().for_each(|key| pool.list(key));
        }
        for (reference, why) in &self.missing {
            pool.resolve(reference.clone(), Resolution::Missing(why.clone()));
        }
        for (reference, kind) in &self.found {
            pool.resolve(reference.clone(), Resolution::Found(kind.clone()));
        }
        for (number, page) in (1..).zip(&self.seen) {
            pool.keep(page.exchanged(number, resources));
        }
        pool
    }

    fn earlier(&self, resources: &BTreeMap<String, Value>) -> Vec<Earlier> {
        let keys = |names: &Vec<String>| -> Vec<Key> {
            let keys = names.iter().filter_map(|name| key(&resources[name]));
            keys.collect()
        };
        let earlier = self.earlier.iter().map(|names| Earlier {
            name: "earlier".to_owned(),
            matches: keys(names),
            is_complete: !self.earlier_open,
        });
        // Another step, which is not to be taken for it.
        let other = Earlier {
            name: "another".to_owned(),
            matches: Vec::new(),
            is_complete: true,
        };
        std::iter::once(other).chain(earlier).collect()
    }

    /// The outcomes, the number of validated resources, and what is worth a second look.
    fn found(&self, resources: &BTreeMap<String, Value>) -> (StepFindings, Vec<String>) {
        let mut scope = Scope::new(&BTreeMap::from([("row.id".to_owned(), "a".to_owned())]));
        for (name, resource) in resources {
            scope.set_resource(name, Arc::new(resource.clone()));
        }
        let (answer, pool) = (self.answer(resources), self.pool(resources));
        let view = View {
            test: &planned(self.of.clone()),
            scope: &scope,
            answer: answer.as_ref(),
            earlier: &self.earlier(resources),
            pool: &pool,
            again: &Again::new(),
            validator: &VALIDATOR,
            base: BASE,
            target_answers: true,
        };
        let expectations = std::slice::from_ref(&self.expect);
        let missing = missing_matches(expectations, &view).into_iter();
        (
            step(expectations, &view),
            missing.map(|(kind, id)| format!("{kind}/{id}")).collect(),
        )
    }

    /// What differs from the row.
    fn judge(&self, resources: &BTreeMap<String, Value>) -> Vec<String> {
        let (findings, second_look) = self.found(resources);
        let outcomes = &findings.outcomes;
        let issues = || outcomes.iter().flat_map(|outcome| &outcome.issues);
        let first = outcomes.first();
        let mut wrong = Vec::new();
        differs(
            &mut wrong,
            "tells",
            outcomes.iter().map(told).collect(),
            Some(&self.tells),
        );
        differs(
            &mut wrong,
            "issues",
            issues().map(|issue| issue.message.clone()).collect(),
            self.issues.as_ref(),
        );
        differs(
            &mut wrong,
            "advice",
            issues()
                .map(|issue| issue.fix.clone().unwrap_or_default())
                .collect(),
            self.advice.as_ref(),
        );
        let place =
            |issue: &Issue| format!("{} {}", issue.location.expression, issue.location.pointer);
        differs(
            &mut wrong,
            "places",
            issues().map(place).collect(),
            self.places.as_ref(),
        );
        differs(
            &mut wrong,
            "validated",
            findings.validated,
            Some(&self.validated),
        );
        differs(
            &mut wrong,
            "second-look",
            second_look,
            Some(&self.second_look),
        );
        if let Some(first) = first {
            differs(
                &mut wrong,
                "expected",
                first.expected.clone(),
                self.expected.as_ref(),
            );
            differs(
                &mut wrong,
                "verifies",
                first.verifies.clone(),
                self.verifies.as_ref(),
            );
            let fix = first.fix.clone().unwrap_or_default();
            let passes = first.verdict == Verdict::Pass;
            let nothing = passes.then(String::new);
            differs(
                &mut wrong,
                "fix",
                fix,
                self.fix.as_ref().or(nothing.as_ref()),
            );
        }
        wrong
    }
}

/// Notes where something is known, and something else was found.
fn differs<T: PartialEq + std::fmt::Debug>(
    wrong: &mut Vec<String>,
    what: &str,
    found: T,
    known: Option<&T>,
) {
    if let Some(known) = known.filter(|known| **known != found) {
        wrong.push(format!("{what}: {found:#?}, not {known:#?}"));
    }
}

fn searched(text: &str) -> Searched {
    let (kind, query) = text.split_once('?').unwrap_or((text, ""));
    let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    Searched {
        resource_type: kind.to_owned(),
        parameters: parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

/// A test of no case in particular.
fn planned(resource_type: Option<String>) -> PlannedTest {
    let case =
        "{ id: c, title: t, actor: resource-access-provider, group: g, verifies: [], steps: [] }";
    let case: Case = serde_saphyr::from_str(case).expect("a case");
    PlannedTest {
        id: "c".to_owned(),
        title: "t".to_owned(),
        resource_type,
        verifies: Vec::new(),
        case: Arc::new(case),
        variables: BTreeMap::new(),
        stage: Stage::Gather,
        needs: Vec::new(),
        skip: None,
    }
}

/// `fail: status 404`, `blocked: there is no answer to judge`.
fn told(outcome: &ExpectationOutcome) -> String {
    match &outcome.skip {
        Some(skip) => format!("{}: {}", word(skip.kind), skip.reason),
        None => format!("{}: {}", word(outcome.verdict), outcome.actual),
    }
}

/// The word of a report.
fn word(value: impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_kind_judges_as_the_tables_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/tests");
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder of tables") {
        let path = entry.expect("entry").path();
        let text = std::fs::read_to_string(&path).expect("a table");
        let table: Table =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for (index, row) in (1..).zip(&table.rows) {
            let kind = row.expect.kind();
            let file = path.file_name().unwrap_or_default();
            let problems = row.judge(&table.resources).into_iter();
            wrong.extend(
                problems.map(|problem| format!("{file:?} row {index} ({kind}): {problem}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_step_is_as_bad_as_its_worst_part() {
    let row = "{ expect: { should: { expect: [{ status: 200 }, { header: { name: ETag } }] } }, answer: {}, tells: [] }";
    let row: Row = serde_saphyr::from_str(row).expect("a row");
    let outcomes = row.found(&BTreeMap::new()).0.outcomes;
    assert_eq!(roll_up(&outcomes), Verdict::Warning);
    assert_eq!(roll_up(&outcomes[..1]), Verdict::Pass);
    assert_eq!(roll_up(&[]), Verdict::Skip);
}
