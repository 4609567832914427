//! `sorted`: the order that a client asked for (FHIR R4 search, `_sort`).

use serde_json::Value;
use url::Url;

use super::{Answer, Finding, View};
use crate::fhir::PartialDate;
use crate::suite::Template;

/// The only parameter that every record has in the same way.
const BY: &str = "_lastUpdated";

pub(super) fn check(order: &Template, view: &View<'_>) -> Finding {
    let order = view.scope.render_known(order);
    let Some(answer) = view.answer else {
        return Finding::blocked("there is no answer to judge");
    };
    let (by, is_descending) = match order.strip_prefix('-') {
        Some(by) => (by, true),
        None => (order.as_str(), false),
    };
    let expected = format!("matches in the order {order}, where the self link shows it");
    if by != BY {
        return Finding::error(expected, format!("the order by {by} cannot be judged"));
    }
    judge(answer, &order, is_descending, expected)
}

fn judge(answer: &Answer, order: &str, is_descending: bool, expected: String) -> Finding {
    if !shows(answer, order) {
        return Finding::not_applicable(
            "the server did not sort: its self link does not show _sort, which it may leave out",
        );
    }
    let times: Vec<(&str, PartialDate)> = answer.matches().filter_map(changed).collect();
    let wrong = times.windows(2).find(|pair| match pair {
        [(_, first), (_, second)] if is_descending => first.start < second.start,
        [(_, first), (_, second)] => first.start > second.start,
        _ => false,
    });
    match wrong {
        Some([(first, _), (second, _)]) => {
            Finding::fail(expected, format!("{first} comes before {second}"))
                .fix("order the matches, or leave _sort out of the self link")
        }
        _ => Finding::pass(expected, format!("{} matches in order", times.len())),
    }
}

/// Whether the first page says that it is in this order.
fn shows(answer: &Answer, order: &str) -> bool {
    let links = answer
        .bundles()
        .take(1)
        .flat_map(|bundle| bundle["link"].as_array());
    links
        .flatten()
        .filter(|link| link["relation"] == "self")
        .filter_map(|link| Url::parse(link["url"].as_str()?).ok())
        .any(|url| {
            let mut pairs = url.query_pairs();
            pairs.any(|(name, value)| name == "_sort" && value == order)
        })
}

/// When a record was last changed, as it stands and as a time.
fn changed(resource: &Value) -> Option<(&str, PartialDate)> {
    let text = resource["meta"]["lastUpdated"].as_str()?;
    Some((text, text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::check::Paging;
    use crate::check::fixture::exchanged;
    use crate::outcome::Verdict;

    fn verdict(link: &str, times: &[&str], is_descending: bool) -> Verdict {
        let entries: Vec<Value> = times
            .iter()
            .map(|time| json!({ "resource": { "resourceType": "Condition", "meta": { "lastUpdated": time } } }))
            .collect();
        let bundle = json!({
            "resourceType": "Bundle",
            "link": [{ "relation": "self", "url": link }],
            "entry": entries,
        });
        let answer = Answer {
            exchanges: vec![Arc::new(exchanged(200, &bundle.to_string()))],
            searched: None,
            paging: Paging::Complete,
        };
        let order = if is_descending {
            "-_lastUpdated"
        } else {
            "_lastUpdated"
        };
        judge(&answer, order, is_descending, String::new()).verdict
    }

    #[test]
    fn the_order_is_that_of_time_where_the_link_shows_it() {
        let (up, down) = (
            "http://h/?_sort=_lastUpdated",
            "http://h/?_sort=-_lastUpdated",
        );
        // The second is later than it looks.
        let times = [
            "2024-01-01T00:00:00Z",
            "2023-12-31T23:30:00-01:00",
            "2025-01-01T00:00:00Z",
        ];
        let back = [times[2], times[1], times[0]];
        for (link, times, is_descending, expected) in [
            (up, times, false, Verdict::Pass),
            (up, back, false, Verdict::Fail),
            (down, back, true, Verdict::Pass),
            (down, times, true, Verdict::Fail),
            ("http://h/", back, false, Verdict::Skip),
            (down, back, false, Verdict::Skip),
            (up, [times[1]; 3], false, Verdict::Pass),
            (down, [times[1]; 3], true, Verdict::Pass),
        ] {
            assert_eq!(
                verdict(link, &times, is_descending),
                expected,
                "{link} {times:?}"
            );
        }
    }
}
