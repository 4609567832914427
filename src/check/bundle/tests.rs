//! Each rule with a page that breaks it and nothing else.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::check::Searched;
use crate::check::fixture::exchanged;
use crate::outcome::Verdict;

const BASE: &str = "http://h/fhir";

fn entry(id: &str) -> Value {
    json!({
        "fullUrl": format!("{BASE}/Condition/{id}"),
        "resource": { "resourceType": "Condition", "id": id },
        "search": { "mode": "match" }
    })
}

fn page(number: usize, entries: Vec<Value>) -> Value {
    json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 3,
        "link": [{ "relation": "self", "url": format!("{BASE}/Condition?patient=p&page={number}") }],
        "entry": entries
    })
}

fn sound() -> Vec<Value> {
    vec![
        page(0, vec![entry("a"), entry("b")]),
        page(1, vec![entry("c")]),
    ]
}

fn rules(pages: Vec<Value>, paging: Paging) -> (Verdict, Vec<String>) {
    let answer = Answer {
        exchanges: pages
            .into_iter()
            .map(|page| Arc::new(exchanged(200, &page.to_string())))
            .collect(),
        searched: Some(Searched {
            resource_type: "Condition".into(),
            parameters: [("patient", "p"), ("x-unknown", "1"), ("code", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
        }),
        paging,
    };
    let finding = judge(rules_of(BundleRule::Searchset).0, &answer, BASE, "");
    let rules = finding.issues.iter().map(|issue| issue.rule.clone());
    (finding.verdict, rules.collect())
}

#[test]
fn each_rule_finds_its_own_fault_and_nothing_else() {
    assert_eq!(rules(sound(), Paging::Complete), (Verdict::Pass, vec![]));
    let outcome = json!({ "resourceType": "OperationOutcome" });
    // Page, place, what is put there (null: taken out), the rule that is broken.
    for (page, pointer, value, rule) in [
        (0, "/type", json!("collection"), "bundle-type"),
        (1, "/link/0/relation", json!("this"), "self-link"),
        (1, "/link/0/url", json!("Condition?patient=p"), "self-link"),
        (
            0,
            "/link/0/url",
            json!("http://h/fhir/Condition"),
            "self-link-parameters",
        ),
        (
            0,
            "/link/0/url",
            json!("http://h/fhir/Condition?code=1"),
            "self-link-parameters",
        ),
        (0, "/entry/1/fullUrl", Value::Null, "full-url"),
        (0, "/entry/1/fullUrl", json!("Condition/b"), "full-url"),
        (
            0,
            "/entry/1/fullUrl",
            json!("http://h/fhir/Condition/c"),
            "full-url",
        ),
        (
            0,
            "/entry/1/fullUrl",
            json!("http://h/fhir/Condition/b/_history/1"),
            "full-url",
        ),
        (
            0,
            "/entry/1/search/mode",
            json!("primary"),
            "search-mode total",
        ),
        (0, "/entry/1/search/mode", json!("include"), "total"),
        (
            0,
            "/entry/1/search/mode",
            json!("outcome"),
            "search-mode total",
        ),
        (1, "/link", Value::Null, "self-link"),
        (0, "/entry/1/resource", outcome, "search-mode"),
        (0, "/entry/1/resource/id", Value::Null, "entry-resource"),
        (
            0,
            "/entry/1/resource/resourceType",
            Value::Null,
            "entry-resource",
        ),
        (0, "/entry/1/request", json!({}), "entry-members"),
        (1, "/total", json!(2), "total"),
        (0, "/total", json!("3"), "total"),
    ] {
        let mut pages = sound();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let parent = pages[page].pointer_mut(parent).unwrap();
        if value.is_null() {
            parent.as_object_mut().unwrap().remove(member);
        } else {
            parent[member] = value.clone();
        }
        let (verdict, found) = rules(pages, Paging::Complete);
        assert_eq!(found.join(" "), rule, "{pointer} {value}");
        assert_eq!(verdict, Verdict::Fail, "{pointer} {value}");
    }
}

#[test]
fn matches_come_once_and_are_of_the_searched_type() {
    let mut repeated = sound();
    repeated[1]["entry"][0] = entry("a");
    assert_eq!(rules(repeated, Paging::Complete).1, ["repeated-match"]);

    let mut twice = vec![page(0, vec![entry("a"), entry("a")])];
    twice[0]["total"] = json!(2);
    let found = rules(twice, Paging::Complete).1;
    assert_eq!(found, ["repeated-match", "full-url-repeated"]);

    let mut foreign = sound();
    foreign[1]["entry"][0]["resource"]["resourceType"] = json!("Encounter");
    foreign[1]["entry"][0]["fullUrl"] = json!("http://h/fhir/Encounter/c");
    assert_eq!(rules(foreign, Paging::Complete).1, ["match-type"]);
}

#[test]
fn totals_and_links_are_judged_by_how_far_the_pages_were_read() {
    let first = || vec![sound().remove(0)];
    let link = "http://h/x".to_owned();
    for (paging, expected) in [
        (Paging::Complete, "total"),
        // Without a next link the first page is all there is.
        (Paging::FirstOnly, "total"),
        (Paging::Circle(link.clone()), "next-link"),
        (Paging::BadLink(link.clone()), "next-link"),
        (Paging::Elsewhere(link), "next-link"),
    ] {
        assert_eq!(rules(first(), paging.clone()).1, [expected], "{paging:?}");
    }
    let (verdict, found) = rules(first(), Paging::TooMany(1));
    assert_eq!((verdict, found.len()), (Verdict::Error, 0));
    // There may be more, but not fewer than were seen.
    let total = |total: u64, paging: Paging| {
        let mut pages = first();
        pages[0]["total"] = json!(total);
        let links = pages[0]["link"].as_array_mut().unwrap();
        links.push(json!({ "relation": "next", "url": "http://h/x" }));
        rules(pages, paging).1
    };
    for (number, is_wrong) in [(1, true), (2, false), (3, false)] {
        let wrong: &[&str] = if is_wrong { &["total"] } else { &[] };
        assert_eq!(total(number, Paging::FirstOnly), wrong, "{number}");
        assert_eq!(total(number, Paging::TooMany(1)), wrong, "{number}");
    }
}

#[test]
fn empty_arrays_and_what_is_no_bundle() {
    let mut empty = page(0, Vec::new());
    empty["total"] = json!(0);
    assert_eq!(rules(vec![empty], Paging::Complete).1, ["empty-array"]);
}
