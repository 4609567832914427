//! One source of definitions: the embedded pack, or a package.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::pack::Pack;
use crate::package::{Entry, Kind, Package};

/// Definitions that were published together. Parsed when first asked for, then shared.
pub(super) struct Layer {
    /// Where these definitions come from, as `NAME#VERSION`.
    pub(super) id: String,
    /// In the order of [`Entry::order`], so that they are found by halving.
    entries: Vec<Entry>,
    content: Content,
    parsed: Vec<OnceLock<Option<Arc<Value>>>>,
}

enum Content {
    Pack(Pack),
    Files(Vec<Cow<'static, [u8]>>),
}

impl Layer {
    pub(super) fn of_pack(id: &str, file: &'static [u8]) -> Self {
        let (pack, entries) = Pack::open(file);
        Self::new(id.to_owned(), entries, Content::Pack(pack))
    }

    pub(super) fn of_package(package: Package) -> Self {
        let id = package.manifest.id();
        let mut resources = package.resources;
        // As a package is built; done again because its members can be changed.
        resources.sort_by(|a, b| a.entry.order(&b.entry));
        let (entries, files) = resources
            .into_iter()
            .map(|resource| (resource.entry, resource.json))
            .unzip();
        Self::new(id, entries, Content::Files(files))
    }

    fn new(id: String, entries: Vec<Entry>, content: Content) -> Self {
        let parsed = std::iter::repeat_with(OnceLock::new)
            .take(entries.len())
            .collect();
        Self {
            id,
            entries,
            content,
            parsed,
        }
    }

    /// The entry at this position.
    pub(super) fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// All entries of a kind with their positions.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (usize, &Entry)> {
        let start = self.entries.partition_point(|entry| entry.kind < kind);
        let entries = self.entries.get(start..).unwrap_or_default().iter();
        (start..).zip(entries.take_while(move |entry| entry.kind == kind))
    }

    /// Positions of the entries with this canonical URL, the highest version last.
    pub(super) fn find(&self, kind: Kind, url: &str) -> Range<usize> {
        let place = |entry: &Entry| (entry.kind, &*entry.url).cmp(&(kind, url));
        let start = self.entries.partition_point(|entry| place(entry).is_lt());
        let rest = self.entries.get(start..).unwrap_or_default();
        start..start + rest.partition_point(|entry| place(entry).is_eq())
    }

    /// The resource at this position.
    pub(super) fn resource(&self, index: usize) -> Option<Arc<Value>> {
        self.parsed
            .get(index)?
            .get_or_init(|| {
                let json = match &self.content {
                    Content::Pack(pack) => pack.json(index)?,
                    Content::Files(files) => Cow::Borrowed(files.get(index)?.as_ref()),
                };
                // Never fails: what is in a pack or package was read once in full.
                serde_json::from_slice(&json).ok().map(Arc::new)
            })
            .clone()
    }
}
