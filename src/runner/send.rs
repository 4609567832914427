//! Sends a request and, for a search, follows its pages.

use std::collections::HashSet;

use url::Url;

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
        if answer.exchanges.len() >= most {
            break Paging::TooMany(answer.exchanges.len());
        }
        let request = Request {
            fresh,
            ..Request::get(url)
        };
        answer.exchanges.push(client.send(request).await);
    };
    answer
}

fn searched(request: &Request, resource_type: &str) -> Searched {
    Searched {
        resource_type: resource_type.to_owned(),
        parameters: request
            .url
            .query_pairs()
            .map(|(name, _)| name.into_owned())
            .collect(),
    }
}

fn next_link(exchanged: &Exchanged) -> Option<String> {
    let body = exchanged.response.as_ref().ok()?.json().ok()?;
    let links = body["link"].as_array()?;
    let next = links.iter().find(|link| link["relation"] == "next")?;
    next["url"].as_str().map(str::to_owned)
}
