//! A request that is ready, and its sending.

use super::send;
use crate::check::Answer;
use crate::http::{Client, Request};
use crate::suite::Pages;

/// A request ready to be sent.
pub(super) struct Ready {
    pub(super) request: Request,
    /// The action in words, such as `GET Condition?patient=p1, all pages`.
    pub(super) title: String,
    searched: Option<(String, Pages)>,
}

impl Ready {
    /// A request that is no search.
    pub(super) fn single(request: Request, title: String) -> Self {
        Self {
            request,
            title,
            searched: None,
        }
    }

    /// A request for the first page of a search of this resource type.
    pub(super) fn search(
        request: Request,
        title: String,
        resource_type: String,
        pages: Pages,
    ) -> Self {
        Self {
            request,
            title,
            searched: Some((resource_type, pages)),
        }
    }

    /// Sends it and follows the pages that are wanted.
    pub(super) async fn send(self, client: &Client) -> Answer {
        match self.searched {
            None => send::once(client, self.request).await,
            Some((kind, Pages::First)) => send::first_page(client, self.request, &kind).await,
            Some((kind, Pages::All)) => {
                send::all_pages(client, self.request, &kind, client.max_pages()).await
            }
        }
    }
}
