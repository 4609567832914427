//! The total: the number of matches, the same on all pages (R4 bundle, `Bundle.total`).

use serde_json::Value;

use super::{Complaints, Pages, Place};
use crate::check::Paging;

pub(super) fn totals(pages: &Pages<'_>, complaints: &mut Complaints) {
    let totals: Vec<(usize, &Value)> = pages
        .each()
        .filter_map(|(page, bundle)| Some((page, bundle.get("total")?)))
        .collect();
    let Some((page, first)) = totals.first() else {
        return;
    };
    let place = Place::on(*page, "Bundle.total");
    let Some(total) = first.as_u64() else {
        let message = format!("the total {first} is no number");
        return complaints.add("total", &place, message, "make it the number of matches");
    };
    if let Some((page, other)) = totals.iter().find(|(_, other)| other != first) {
        return complaints.add(
            "total",
            &Place::on(*page, "Bundle.total"),
            format!("the total is {other}, and was {total} before"),
            "make it the number of matches over all pages",
        );
    }
    let found = pages.matches().count() as u64;
    if is_wrong(total, found, pages) {
        let fix = if total > found {
            "where there are more matches, add a next link to the page; else count the matches, and nothing else"
        } else {
            "count the matches, and nothing else"
        };
        complaints.add(
            "total",
            &place,
            format!("the total is {total}, and there are {found} matches"),
            fix,
        );
    }
}

fn is_wrong(total: u64, found: u64, pages: &Pages<'_>) -> bool {
    match pages.answer.paging {
        Paging::Complete => total != found,
        // More matches may be on the pages that were not read; of a search for the count alone, all.
        Paging::FirstOnly => {
            let is_all = found > 0 && !pages.bundles.first().is_some_and(|page| has_next(page));
            total < found || (is_all && total > found)
        }
        _ => total < found,
    }
}

fn has_next(bundle: &Value) -> bool {
    let links = bundle["link"].as_array().into_iter().flatten();
    links
        .map(|link| &link["relation"])
        .any(|relation| relation == "next")
}
