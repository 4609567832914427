//! What an expression gives: items, or why it stopped.

use super::Stop;
use super::item::Item;

pub(super) type Items<'a> = Vec<Item<'a>>;
pub(super) type Outcome<'a> = Result<Items<'a>, Stop>;

/// A truth value as a collection; empty where there is none.
pub(super) fn boolean<'a>(truth: Option<bool>) -> Items<'a> {
    truth.map(Item::Boolean).into_iter().collect()
}
