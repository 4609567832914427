//! The page, read as XML, which its markup is too.

use std::collections::{BTreeMap, BTreeSet};

use super::elements;
use super::fixture::{self, HOSTILE, outcome};
use crate::outcome::{RunOutcome, Verdict};
use crate::report::{cut, html};

fn page(outcome: &RunOutcome) -> String {
    html::render(&cut::long_bodies(outcome)).expect("templates fit what they are given")
}

fn values<'p>(
    found: &'p [(String, Vec<(String, String)>)],
    name: &'p str,
) -> impl Iterator<Item = &'p str> {
    found.iter().flat_map(move |(_, attributes)| {
        attributes
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    })
}

#[test]
fn what_a_target_says_is_text_and_nothing_else() {
    let page = page(&outcome());
    let found = elements(&page);
    let count = |name: &str| found.iter().filter(|(element, _)| element == name).count();
    assert_eq!((count("script"), count("style"), count("img")), (1, 1, 0));
    let known = [
        "id",
        "class",
        "href",
        "rel",
        "open",
        "hidden",
        "tabindex",
        "role",
        "scope",
        "type",
        "value",
        "checked",
        "name",
        "content",
        "charset",
        "http-equiv",
        "lang",
        "data-v",
        "autocomplete",
        "placeholder",
        "viewBox",
        "preserveAspectRatio",
        "x",
        "y",
        "width",
        "height",
        "aria-label",
        "aria-labelledby",
        "aria-describedby",
        "aria-hidden",
        "aria-live",
    ];
    for (element, attributes) in &found {
        for (name, _) in attributes {
            assert!(known.contains(&name.as_str()), "{name} in {element}");
        }
    }
    assert!(page.contains("&lt;script&gt;alert("), "it is shown");
    assert!(!page.contains(['\u{0}', '\u{1b}', '\u{202e}']));
    assert!(page.contains("[U+202E]") && page.contains("{{7}}"));
    assert!(HOSTILE.contains("]]>"), "which ends a CDATA section");
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = page(&outcome());
    let found = elements(&page);
    assert!(
        found.iter().all(|(element, _)| !matches!(
            element.as_str(),
            "link" | "iframe" | "object" | "embed" | "base"
        )),
        "no element that loads something"
    );
    assert_eq!(values(&found, "src").count(), 0);
    assert!(!page.contains("@import") && !page.contains("url("));
    let policy = values(&found, "content")
        .find(|value| value.starts_with("default-src"))
        .expect("a Content Security Policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'sha256-"));
    assert!(!policy.contains("unsafe"));
    for target in values(&found, "href").filter(|target| !target.starts_with('#')) {
        assert!(
            target.starts_with("https://") || target.starts_with("http://"),
            "{target}"
        );
    }
}

#[test]
fn every_place_is_there_once_and_every_link_leads_to_one() {
    for outcome in [outcome(), fixture::whole_suite(20, 7, 100)] {
        let page = page(&outcome);
        let found = elements(&page);
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for id in values(&found, "id") {
            *places.entry(id).or_default() += 1;
        }
        let twice: Vec<_> = places.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
        let named: BTreeSet<&str> = values(&found, "href")
            .filter_map(|target| target.strip_prefix('#'))
            .chain(values(&found, "aria-labelledby"))
            .chain(values(&found, "aria-describedby"))
            .collect();
        let nowhere: Vec<_> = named
            .iter()
            .filter(|id| !places.contains_key(*id))
            .collect();
        assert!(nowhere.is_empty(), "{nowhere:?}");
        let exchanges = outcome
            .exchanges
            .iter()
            .filter(|exchange| places.contains_key(format!("x-{}", exchange.id.0).as_str()));
        assert_eq!(exchanges.count(), outcome.exchanges.len());
    }
}

#[test]
fn a_body_stands_once_and_a_long_one_is_cut() {
    let page = page(&outcome());
    // Told with the exchange, and nowhere else.
    let cut = "{\"a\":1}\n".repeat(4096 / 8);
    assert_eq!(page.matches(&cut).count(), 1);
    assert_eq!(page.matches("it whole.").count(), 1);
    assert_eq!(page.matches("Not kept").count(), 1);
}

#[test]
fn headings_do_not_leave_out_a_level() {
    let page = page(&outcome());
    let levels: Vec<u32> = elements(&page)
        .iter()
        .filter_map(|(element, _)| element.strip_prefix('h')?.parse().ok())
        .collect();
    assert_eq!(levels.first(), Some(&1));
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{pair:?} in {levels:?}");
    }
}

#[test]
fn the_verdict_comes_first_in_words() {
    let mut passed = outcome();
    for case in &mut passed.cases {
        case.tests.retain(|test| test.verdict == Verdict::Pass);
    }
    passed.cases.retain(|case| !case.tests.is_empty());
    passed.summary.tests = [(Verdict::Pass, 2)].into();
    passed.summary.skips.clear();
    let mut untested = passed.clone();
    untested.summary.shall_exercised = 0;
    let mut interrupted = passed.clone();
    interrupted.run.interrupted = true;
    for (outcome, expected) in [
        (&outcome(), "Does not conform"),
        (&passed, "No non-conformity found"),
        (&untested, "Could not tell"),
        (&interrupted, "Could not tell"),
    ] {
        let page = page(outcome);
        assert!(page.contains(&format!("<h1>{expected}</h1>")), "{expected}");
        elements(&page);
    }
}

#[test]
fn a_whole_suite_with_long_bodies_stays_small() {
    let outcome = fixture::whole_suite(300, 600, 20_000);
    let size = page(&outcome).len();
    assert!(size < 5_000_000, "{size} bytes");
}
