//! `at-least`, `at-most`, `contains`, `lacks`, `same-matches`: which resources a search found.

use std::collections::BTreeSet;

use super::{Answer, Finding, View};
use crate::pool::{Key, key};

/// Ids that are named in a message at most.
const NAMED: usize = 5;

pub(super) fn at_least(count: u64, view: &View<'_>) -> Finding {
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    let found = answer.matches().count();
    let expected = format!("at least {count} matches");
    Finding::holds(found as u64 >= count, expected, matches_in_words(found))
}

pub(super) fn at_most(count: u64, view: &View<'_>) -> Finding {
    let expected = if count == 0 {
        "no match".to_owned()
    } else {
        format!("at most {count} matches")
    };
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    judge_most(answer, count, expected)
}

fn judge_most(answer: &Answer, most: u64, expected: String) -> Finding {
    let cut = answer
        .responses()
        .find(|response| response.is_cut && response.status < 300);
    if let Some(response) = cut {
        let actual = format!("an answer of more than {} bytes", response.size);
        return Finding::fail(expected, actual);
    }
    let found = answer.matches().count();
    // Where nothing is to be found, neither is a number of it, unless that was asked for.
    let is_told = most == 0 && found == 0 && !asks_for_count(answer);
    let hidden = answer
        .bundles()
        .filter_map(|bundle| bundle["total"].as_u64())
        .find(|total| is_told && *total > 0);
    match hidden {
        Some(total) => Finding::fail(expected, format!("no match, and a total of {total}")),
        None => Finding::holds(found as u64 <= most, expected, matches_in_words(found)),
    }
}

/// `_count=0` and `_summary=count` (R4 search): the total alone.
fn asks_for_count(answer: &Answer) -> bool {
    let asked = answer
        .searched
        .iter()
        .flat_map(|searched| &searched.parameters);
    asked
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .any(|parameter| matches!(parameter, ("_count", "0") | ("_summary", "count")))
}

pub(super) fn contains(variable: &str, view: &View<'_>) -> Finding {
    among(variable, view, true)
}

pub(super) fn lacks(variable: &str, view: &View<'_>) -> Finding {
    among(variable, view, false)
}

fn among(variable: &str, view: &View<'_>, wanted: bool) -> Finding {
    let (Some(answer), Some(key)) = (
        view.answer,
        view.scope.resource(variable).and_then(|seed| key(seed)),
    ) else {
        return Finding::blocked("there is nothing to compare with");
    };
    let name = format!("{}/{}", key.0, key.1);
    let keys = answer.match_keys();
    let is_there = keys.contains(&key);
    let expected = format!(
        "{name} {} the matches",
        if wanted { "among" } else { "not among" }
    );
    let actual = format!("{}: {}", matches_in_words(keys.len()), named(keys.iter()));
    if wanted && !is_there && answer.paging.is_open() {
        return Finding::error(expected, format!("{actual}; not all pages could be read"));
    }
    let fix = if wanted {
        "return every resource that satisfies the search"
    } else {
        "return only resources that satisfy the search"
    };
    Finding::holds(is_there == wanted, expected, actual).fix(fix)
}

pub(super) fn same_matches(step: &str, view: &View<'_>) -> Finding {
    let earlier = view.earlier.iter().find(|earlier| earlier.name == step);
    let (Some(answer), Some(earlier)) = (view.answer, earlier) else {
        return Finding::blocked(format!("the step {step} brought nothing to compare with"));
    };
    let (before, now): (BTreeSet<Key>, BTreeSet<Key>) = (
        earlier.matches.iter().cloned().collect(),
        answer.match_keys().into_iter().collect(),
    );
    let expected = format!("the same {} as before", matches_in_words(before.len()));
    let missing: Vec<_> = before.difference(&now).collect();
    let added: Vec<_> = now.difference(&before).collect();
    if missing.is_empty() && added.is_empty() {
        return Finding::pass(expected, "the same");
    }
    let mut actual = Vec::new();
    if !missing.is_empty() {
        actual.push(format!("missing: {}", named(missing.into_iter())));
    }
    if !added.is_empty() {
        actual.push(format!("added: {}", named(added.into_iter())));
    }
    let actual = actual.join("; ");
    if answer.paging.is_open() || !earlier.is_complete {
        return Finding::error(expected, format!("{actual}; not all pages could be read"));
    }
    Finding::fail(expected, actual)
}

pub(super) fn matches_in_words(count: usize) -> String {
    match count {
        0 => "no match".to_owned(),
        1 => "1 match".to_owned(),
        count => format!("{count} matches"),
    }
}

pub(super) fn named<'a>(keys: impl Iterator<Item = &'a Key>) -> String {
    let keys: Vec<String> = keys.map(|(kind, id)| format!("{kind}/{id}")).collect();
    match keys.len() {
        0 => "none".to_owned(),
        count if count <= NAMED => keys.join(", "),
        count => format!("{} and {} more", keys[..NAMED].join(", "), count - NAMED),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::check::Paging;
    use crate::check::fixture::exchanged;
    use crate::http::Exchanged;
    use crate::outcome::Verdict;

    fn most(exchanged: Exchanged, most: u64) -> Verdict {
        let answer = Answer {
            exchanges: vec![Arc::new(exchanged)],
            searched: None,
            paging: Paging::FirstOnly,
        };
        judge_most(&answer, most, String::new()).verdict
    }

    #[test]
    fn nothing_is_shown_neither_cut_off_nor_as_a_number() {
        let bundle = |content: &str| format!(r#"{{"resourceType": "Bundle", {content}}}"#);
        let entry = r#""entry": [{"resource": {"resourceType": "A", "id": "1"}}]"#;
        for (status, body, limit, expected) in [
            (200, bundle(r#""total": 0"#), 0, Verdict::Pass),
            (200, bundle(r#""total": 7"#), 0, Verdict::Fail),
            (200, bundle(entry), 0, Verdict::Fail),
            (200, bundle(entry), 1, Verdict::Pass),
            (
                200,
                bundle(&format!(r#""total": 7, {entry}"#)),
                1,
                Verdict::Pass,
            ),
            (404, "gone".to_owned(), 0, Verdict::Pass),
        ] {
            assert_eq!(most(exchanged(status, &body), limit), expected, "{body}");
        }
        let cut = |status| Exchanged::example(status, Vec::new(), b"{".to_vec(), true);
        assert_eq!(most(cut(200), 0), Verdict::Fail);
        assert_eq!(most(cut(400), 0), Verdict::Pass);
    }
}
