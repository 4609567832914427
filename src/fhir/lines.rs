//! Lines and columns of a text.

/// Bytes between two places at which characters were counted.
const STRIDE: usize = 1024;

/// Where the lines of a text begin. A place is found in the same time wherever it is, also in a line
/// of many megabytes.
#[derive(Debug)]
pub struct Lines<'t> {
    bytes: &'t [u8],
    starts: Vec<usize>,
    /// Characters before each multiple of the stride.
    counts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let counts = bytes.chunks(STRIDE).scan(0, |sum, chunk| {
            let before = *sum;
            *sum += characters(chunk);
            Some(before)
        });
        Self {
            bytes,
            starts: std::iter::once(0).chain(ends).collect(),
            counts: counts.collect(),
        }
    }

    /// Line, and column in characters, both from 1, of an offset in bytes.
    #[must_use]
    pub fn place(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.bytes.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|at| self.starts.get(at));
        let start = start.copied().unwrap_or(0);
        let column = self.before(offset) - self.before(start) + 1;
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        (number(line), number(column))
    }

    /// Characters before an offset.
    fn before(&self, offset: usize) -> usize {
        let at = offset / STRIDE;
        let counted = self.counts.get(at).copied();
        // At the end of the text there may be no place any more: then the one before.
        let (counted, from) = match counted {
            Some(counted) => (counted, at * STRIDE),
            None => {
                let at = self.counts.len().saturating_sub(1);
                (self.counts.get(at).copied().unwrap_or(0), at * STRIDE)
            }
        };
        let rest = self.bytes.get(from..offset).unwrap_or_default();
        counted + characters(rest)
    }
}

/// Characters that begin in a part of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    let begins = |byte: &&u8| (**byte & 0b1100_0000) != 0b1000_0000;
    bytes.iter().filter(begins).count()
}

#[cfg(test)]
mod tests {
    use super::{Lines, STRIDE};

    #[test]
    fn columns_count_characters() {
        let lines = Lines::new("a\nüb\n");
        let places = [
            (0, (1, 1)),
            (1, (1, 2)),
            (2, (2, 1)),
            (4, (2, 2)),
            (6, (3, 1)),
            (99, (3, 1)),
        ];
        for (offset, place) in places {
            assert_eq!(lines.place(offset), place, "{offset}");
        }
        assert_eq!(Lines::new("").place(0), (1, 1));
    }

    #[test]
    fn long_lines_are_counted_alike() {
        let text = "é".repeat(3 * STRIDE) + "\n" + &"x".repeat(2 * STRIDE);
        let lines = Lines::new(&text);
        let mut expected = (1, 1);
        for (offset, letter) in text.char_indices() {
            assert_eq!(lines.place(offset), expected, "{offset}");
            expected = match letter {
                '\n' => (expected.0 + 1, 1),
                _ => (expected.0, expected.1 + 1),
            };
        }
        assert_eq!(lines.place(text.len()), expected);
    }
}
