//! Sends a request and, for a search, follows its pages.

use std::collections::HashSet;

use url::{Url, form_urlencoded};

use crate::check::{Answer, Paging, Searched};
use crate::http::{Client, Exchanged, Request};

/// The answer to one request, with no more than its first page.
pub(super) async fn once(client: &Client, request: Request) -> Answer {
    Answer {
        exchanges: vec![client.send(request).await],
        searched: None,
        paging: Paging::FirstOnly,
    }
}

/// The first page of a search.
pub(super) async fn first_page(client: &Client, request: Request, resource_type: &str) -> Answer {
    Answer {
        searched: Some(searched(&request, resource_type)),
        ..once(client, request).await
    }
}

/// All pages of a search, as far as they are followed.
pub(super) async fn all_pages(
    client: &Client,
    request: Request,
    resource_type: &str,
    most: usize,
) -> Answer {
    let fresh = request.fresh;
    // What the case says about the request is true of its pages too.
    let headers = request.headers.clone();
    let identity = request.identity.clone();
    let mut visited = HashSet::from([request.url.clone()]);
    let mut answer = first_page(client, request, resource_type).await;
    answer.paging = loop {
        let Some(next) = answer
            .exchanges
            .last()
            .and_then(|exchanged| next_link(exchanged))
        else {
            break Paging::Complete;
        };
        let Ok(url) = Url::parse(&next) else {
            break Paging::BadLink(next);
        };
        if !client.may_contact(&url) {
            break Paging::Elsewhere(next);
        }
        if !visited.insert(url.clone()) {
            break Paging::Circle(next);
        }
        if answer.exchanges.len() >= most || size(&answer) > client.max_search() {
            break Paging::TooMany(answer.exchanges.len());
        }
        let request = Request {
            fresh,
            headers: headers.clone(),
            identity: identity.clone(),
            ..Request::get(url)
        };
        answer.exchanges.push(client.send(request).await);
    };
    answer
}

/// The URL of a search with these parameters.
pub(super) fn search_url(base: &Url, kind: &str, query: &[(&str, &str)]) -> Option<Url> {
    let mut url = base.join(kind).ok()?;
    url.query_pairs_mut().extend_pairs(query);
    Some(url)
}

/// Bytes of all pages so far.
fn size(answer: &Answer) -> u64 {
    answer.responses().map(|response| response.size).sum()
}

/// What a search asks for, in the URL or in a form.
fn searched(request: &Request, resource_type: &str) -> Searched {
    let form = request.body.as_deref().unwrap_or_default();
    let parameters = request
        .url
        .query_pairs()
        .chain(form_urlencoded::parse(form.as_bytes()));
    Searched {
        resource_type: resource_type.to_owned(),
        parameters: parameters
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
    }
}

fn next_link(exchanged: &Exchanged) -> Option<String> {
    let body = exchanged.response.as_ref().ok()?.json().ok()?;
    let links = body["link"].as_array()?;
    let next = links.iter().find(|link| link["relation"] == "next")?;
    next["url"].as_str().map(str::to_owned)
}
