//! What the rows of this folder share.

use crate::provider::model::{Ask, Content, Interaction, Reply};

const HTML: &str = "text/html; charset=utf-8";

pub(super) fn is_read(ask: Option<&Ask>) -> bool {
    matches!(
        ask.map(|ask| &ask.interaction),
        Some(Interaction::Read { .. })
    )
}

pub(super) fn is_search(ask: Option<&Ask>) -> bool {
    matches!(
        ask.map(|ask| &ask.interaction),
        Some(Interaction::Search { .. })
    )
}

pub(super) fn html(status: u16, title: &str) -> Reply {
    Reply {
        status,
        media_type: HTML.to_owned(),
        headers: Vec::new(),
        body: Content::Text(format!("<html><body><h1>{title}</h1></body></html>")),
    }
}
