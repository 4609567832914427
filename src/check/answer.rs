//! What a step's request brought: one answer, or the pages of a search.

use std::sync::Arc;

use serde_json::Value;

use crate::http::{Exchanged, Response};
use crate::pool::{Key, key};

/// The exchanges of one request, first page first.
#[derive(Debug, Clone)]
pub struct Answer {
    pub exchanges: Vec<Arc<Exchanged>>,
    /// Present for a search.
    pub searched: Option<Searched>,
    pub paging: Paging,
}

/// What a search asked for.
#[derive(Debug, Clone)]
pub struct Searched {
    pub resource_type: String,
    /// Names, with modifiers, and values of the parameters as sent.
    pub parameters: Vec<(String, String)>,
}

/// How far the pages were followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// To a page without a `next` link.
    Complete,
    /// One page was asked for.
    FirstOnly,
    /// A `next` link led to a page that was read before.
    Circle(String),
    /// There were more pages than are followed.
    TooMany(usize),
    /// A `next` link is no usable URL.
    BadLink(String),
    /// A `next` link leads to an origin that may not be contacted; nothing was sent there.
    Elsewhere(String),
}

impl Paging {
    /// Whether there is more that was not read, for our own limits or because it may not be.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::TooMany(_) | Self::Elsewhere(_))
    }
}

/// What a step with a name found, for the steps after it.
#[derive(Debug, Clone)]
pub struct Earlier {
    pub name: String,
    pub matches: Vec<Key>,
    /// False where not all pages could be read.
    pub is_complete: bool,
}

impl Answer {
    /// The response to the request itself.
    pub fn response(&self) -> Option<&Response> {
        self.exchanges.first()?.response.as_ref().ok()
    }

    /// The responses of all pages that were read.
    pub fn responses(&self) -> impl Iterator<Item = &Response> {
        self.exchanges
            .iter()
            .filter_map(|exchange| exchange.response.as_ref().ok())
    }

    /// The resource in the body of the first response, or why there is none.
    pub fn body(&self) -> Result<&Arc<Value>, String> {
        let response = self.response().ok_or("there is no answer")?;
        response
            .json()
            .map_err(|problem| format!("{problem} (status {})", response.status))
    }

    /// The pages that are Bundles.
    pub fn bundles(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.responses()
            .filter_map(|response| response.json().ok())
            .filter(|body| body["resourceType"] == "Bundle")
    }

    /// The entries of all pages.
    pub fn entries(&self) -> impl Iterator<Item = &Value> {
        self.bundles()
            .flat_map(|bundle| bundle["entry"].as_array())
            .flatten()
    }

    /// The resources that match the search, over all pages. Without `search.mode` an entry counts
    /// as a match if it is of the type that was searched, or none was named.
    pub fn matches(&self) -> impl Iterator<Item = &Value> {
        let searched = self
            .searched
            .as_ref()
            .map(|searched| searched.resource_type.as_str());
        self.entries()
            .filter(move |entry| match entry["search"]["mode"].as_str() {
                Some(mode) => mode == "match",
                // What was asked for by a plain GET has no type.
                None => match searched {
                    Some(kind) => entry["resource"]["resourceType"] == kind,
                    None => entry["resource"]["resourceType"] != "OperationOutcome",
                },
            })
            .map(|entry| &entry["resource"])
    }

    /// Type and id of each match.
    pub fn match_keys(&self) -> Vec<Key> {
        self.matches().filter_map(key).collect()
    }
}
