//! Next links: each leads to one more page, and the last page has none (R4 http, "Paging").

use super::{Complaints, Pages, Place};
use crate::check::Paging;

pub(super) fn next_links(pages: &Pages<'_>, complaints: &mut Complaints) {
    let last = Place::on(pages.bundles.len().saturating_sub(1), "Bundle.link");
    let mut complain = |problem: String, fix: &str| {
        complaints.add("next-link", &last, problem, fix);
    };
    match &pages.answer.paging {
        Paging::Complete | Paging::FirstOnly | Paging::TooMany(_) => {}
        Paging::Circle(url) => complain(
            format!("the next link {url} leads back to a page before"),
            "leave the next link out of the last page",
        ),
        Paging::BadLink(url) => complain(
            format!("the next link {url} is no absolute URL"),
            "write the next link with the server's base URL",
        ),
        Paging::Elsewhere(url) => complain(
            format!(
                "the next link {url} leads away from {}; it was not followed",
                pages.base
            ),
            "write the next link with the base URL that clients use (if the other origin is meant, allow it with --allow-origins)",
        ),
    }
    for (page, response) in pages.answer.responses().enumerate().skip(1) {
        if response.status != 200 {
            complaints.add(
                "next-link",
                &Place::on(page, "Bundle"),
                format!("it was answered with status {}", response.status),
                "keep next links valid while a client reads",
            );
        }
    }
}
