//! Where something stands: which file, and which bytes of it.

use std::ops::Range;

/// A file of the run, numbered in the order of registration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file: `start` is in, `end` is out.
///
/// Files over 4 GiB cannot be described; the reader refuses them long before (see `ringfence_yaml::Limits`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to, and without, `end`. An `end` before `start` is taken as empty.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    /// The empty span at `at`: a place to insert.
    pub const fn empty(at: u32) -> Self {
        Self { start: at, end: at }
    }

    /// How many bytes it covers.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it covers no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span around both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same bytes, `by` further on: what a span of a Markdown fragment is in its file.
    pub const fn shifted(self, by: u32) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }

    /// As a range to slice a string with.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text it covers; empty where it lies outside `text` or would cut a character.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_slices_covers_and_contains() {
        let span = Span::new(2, 5);
        assert_eq!(span.slice("abcdefg"), "cde");
        assert_eq!(span.cover(Span::new(7, 9)), Span::new(2, 9));
        assert!(span.contains(Span::new(3, 5)) && !span.contains(Span::new(3, 6)));
        assert_eq!(span.shifted(10), Span::new(12, 15));
    }

    #[test]
    fn a_span_that_does_not_fit_gives_no_text() {
        assert_eq!(Span::new(3, 90).slice("abc"), "");
        assert_eq!(Span::new(0, 1).slice("é"), "", "it would cut a character");
        assert!(Span::new(5, 2).is_empty());
    }
}
