//! One source of definitions: the embedded pack, or a package.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::pack::Pack;
use crate::package::{Entry, Kind, Package};

/// Definitions that were published together. Parsed when first asked for, then shared.
pub(super) struct Layer {
    /// Where these definitions come from, as `NAME#VERSION`.
    pub(super) id: String,
    pub(super) entries: Vec<Entry>,
    by_url: HashMap<(Kind, String), Vec<usize>>,
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
        let (entries, files) = package
            .resources
            .into_iter()
            .map(|resource| (resource.entry, resource.json))
            .unzip();
        Self::new(package.manifest.id(), entries, Content::Files(files))
    }

    fn new(id: String, entries: Vec<Entry>, content: Content) -> Self {
        let mut by_url: HashMap<_, Vec<usize>> = HashMap::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            by_url
                .entry((entry.kind, entry.url.clone()))
                .or_default()
                .push(index);
        }
        let parsed = std::iter::repeat_with(OnceLock::new)
            .take(entries.len())
            .collect();
        Self {
            id,
            entries,
            by_url,
            content,
            parsed,
        }
    }

    /// Positions of the entries with this canonical URL, whatever their version.
    pub(super) fn find(&self, kind: Kind, url: &str) -> &[usize] {
        self.by_url
            .get(&(kind, url.to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    /// The resource at this position.
    pub(super) fn resource(&self, index: usize) -> Option<Arc<Value>> {
        self.parsed
            .get(index)?
            .get_or_init(|| {
                let json = match &self.content {
                    Content::Pack(pack) => pack.json(index)?,
                    Content::Files(files) => files.get(index)?,
                };
                serde_json::from_slice(json).ok().map(Arc::new)
            })
            .clone()
    }
}
