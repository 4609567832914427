//! The pack: many conformance resources in one file, each readable without unpacking the others.
//!
//! ```text
//! magic            8 bytes, "FHIRPK01"
//! index length     4 bytes, little endian
//! index            lines: kind, block offset, block length, start, length, url, version, code, bases
//! blocks           deflate; each holds the JSON of one or more resources
//! ```
//!
//! Offsets are relative to the first block; start and length are places in the unpacked block.
//! Small resources share a block, because what they have in common then costs little.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::package::{Entry, Kind};

const MAGIC: &[u8; 8] = b"FHIRPK01";
/// Unpacked bytes after which a block is closed.
const BLOCK: usize = 48 * 1024;
/// A block is never larger, unpacked; more means a broken file.
const MAX_BLOCK: u64 = 16 * 1024 * 1024;

/// A pack that is somewhere in memory.
pub(super) struct Pack {
    data: &'static [u8],
    places: Vec<Place>,
    blocks: Vec<Block>,
}

/// A block that is kept once it is unpacked, if several resources share it.
#[derive(Default)]
struct Block {
    resources: usize,
    unpacked: OnceLock<Option<Vec<u8>>>,
}

struct Place {
    block: usize,
    offset: usize,
    packed: usize,
    start: usize,
    length: usize,
}

impl Pack {
    /// Reads the index. A file that is no pack yields an empty one: the embedded file is made by
    /// this module and held to it by a test.
    pub(super) fn open(file: &'static [u8]) -> (Self, Vec<Entry>) {
        let (index, data) = split(file).unwrap_or_default();
        let (mut places, mut entries) = (Vec::new(), Vec::new());
        let mut blocks: Vec<Block> = Vec::new();
        let mut last = None;
        for (mut place, entry) in index.lines().filter_map(read_line) {
            if last != Some(place.offset) {
                last = Some(place.offset);
                blocks.push(Block::default());
            }
            if let Some(block) = blocks.last_mut() {
                block.resources += 1;
            }
            place.block = blocks.len() - 1;
            places.push(place);
            entries.push(entry);
        }
        let pack = Self {
            data,
            places,
            blocks,
        };
        (pack, entries)
    }

    /// The JSON of the resource at this position of the index.
    pub(super) fn json(&self, index: usize) -> Option<Cow<'_, [u8]>> {
        let place = self.places.get(index)?;
        let block = self.blocks.get(place.block)?;
        if block.resources == 1 {
            return self.unpack(place).map(Cow::Owned);
        }
        let unpacked = block.unpacked.get_or_init(|| self.unpack(place)).as_ref()?;
        let end = place.start.checked_add(place.length)?;
        unpacked.get(place.start..end).map(Cow::Borrowed)
    }

    fn unpack(&self, place: &Place) -> Option<Vec<u8>> {
        let end = place.offset.checked_add(place.packed)?;
        inflate(self.data.get(place.offset..end)?)
    }
}

fn split(file: &'static [u8]) -> Option<(&'static str, &'static [u8])> {
    let rest = file.strip_prefix(MAGIC.as_slice())?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (index, data) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((std::str::from_utf8(index).ok()?, data))
}

fn read_line(line: &'static str) -> Option<(Place, Entry)> {
    let mut fields = line.split('\t');
    let kind = *Kind::ALL.get(fields.next()?.parse::<usize>().ok()?)?;
    let mut number = || fields.next()?.parse::<usize>().ok();
    let place = Place {
        block: 0,
        offset: number()?,
        packed: number()?,
        start: number()?,
        length: number()?,
    };
    let mut text = || fields.next().unwrap_or_default().into();
    let entry = Entry {
        kind,
        url: text(),
        version: text(),
        code: text(),
        base: text(),
    };
    Some((place, entry))
}

fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed)
        .take(MAX_BLOCK)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// Writes a pack of these resources, in this order. A StructureDefinition has a block to itself;
/// other small resources share one.
pub fn build(resources: &[(Entry, Vec<u8>)]) -> Vec<u8> {
    let mut index = String::new();
    let mut data = Vec::new();
    for group in groups(resources) {
        let packed = deflate(group.iter().map(|(_, json)| json.as_slice()));
        let mut start = 0;
        for (entry, json) in group {
            index += &index_line(entry, [data.len(), packed.len(), start, json.len()]);
            start += json.len();
        }
        data.extend_from_slice(&packed);
    }
    let length = u32::try_from(index.len()).unwrap_or(u32::MAX).to_le_bytes();
    [MAGIC.as_slice(), &length, index.as_bytes(), &data].concat()
}

fn groups(resources: &[(Entry, Vec<u8>)]) -> Vec<&[(Entry, Vec<u8>)]> {
    let mut groups = Vec::new();
    let mut rest = resources;
    while let Some((first, _)) = rest.first() {
        let mut bytes = 0;
        let count = rest
            .iter()
            .take_while(|(entry, json)| {
                let fits = bytes == 0
                    || (bytes + json.len() <= BLOCK
                        && entry.kind == first.kind
                        && entry.kind != Kind::StructureDefinition);
                bytes += json.len();
                fits
            })
            .count();
        let (group, others) = rest.split_at(count);
        groups.push(group);
        rest = others;
    }
    groups
}

fn deflate<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    for part in parts {
        // Writing to memory does not fail.
        let _ = encoder.write_all(part);
    }
    encoder.finish().unwrap_or_default()
}

fn index_line(entry: &Entry, [offset, packed, start, length]: [usize; 4]) -> String {
    let kind = Kind::ALL
        .iter()
        .position(|kind| *kind == entry.kind)
        .unwrap_or_default();
    let Entry {
        url,
        version,
        code,
        base,
        ..
    } = entry;
    format!("{kind}\t{offset}\t{packed}\t{start}\t{length}\t{url}\t{version}\t{code}\t{base}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: Kind, url: &str) -> Entry {
        Entry {
            kind,
            url: url.to_owned().into(),
            version: "1".into(),
            code: "".into(),
            base: "A B".into(),
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        let resources: Vec<_> = (0..50)
            .map(|number| {
                let kind = if number < 10 {
                    Kind::StructureDefinition
                } else {
                    Kind::ValueSet
                };
                (
                    entry(kind, &format!("http://e/{number}")),
                    format!("{{\"n\":{number}}}").into_bytes(),
                )
            })
            .collect();
        let file: &'static [u8] = Vec::leak(build(&resources));
        let (pack, entries) = Pack::open(file);
        assert_eq!(entries.len(), resources.len());
        assert_eq!(pack.blocks.len(), 11, "the value sets share a block");
        for (index, (entry, json)) in resources.iter().enumerate() {
            assert_eq!(&entries[index], entry);
            assert_eq!(pack.json(index).as_deref(), Some(json.as_slice()));
        }
        assert_eq!(pack.json(50), None);
    }

    #[test]
    fn a_broken_pack_is_empty_not_a_crash() {
        for file in [
            &b""[..],
            b"FHIRPK01",
            b"FHIRPK01\xff\xff\xff\xff",
            b"FHIRPK01\x02\0\0\0x\n",
        ] {
            let (pack, entries) = Pack::open(file);
            assert!(entries.is_empty());
            assert_eq!(pack.json(0), None);
        }
    }
}
