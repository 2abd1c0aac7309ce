//! Where documents begin and end: lines `---` and `...` at column 0.
//!
//! Such a line is never content, whatever is open before it, so it is a safe place to resume after an error.

use memchr::memmem;

/// A marker line, by its first byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Marker {
    pub(crate) at: usize,
    /// `---` rather than `...`.
    pub(crate) starts: bool,
}

impl Marker {
    /// Where reading goes on: at a `---` itself, or on the line after a `...`.
    pub(crate) fn resume(self, text: &str) -> usize {
        if self.starts { self.at } else { line_end(text, self.at) }
    }

    /// Where the document after the marker has its first byte.
    pub(crate) fn content(self, text: &str) -> usize {
        if self.starts { self.at + 3 } else { line_end(text, self.at) }
    }
}

/// Finds the markers of a text. Keeps the last answer, so that a text is searched once even if it has no `...` at all.
pub(crate) struct Markers<'a> {
    text: &'a str,
    dashes: Option<usize>,
    dots: Option<usize>,
}

impl<'a> Markers<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self { text, dashes: find(text, "---", start), dots: find(text, "...", start) }
    }

    /// The first marker at `from` or after. `from` must not go back.
    pub(crate) fn next(&mut self, from: usize) -> Option<Marker> {
        if self.dashes.is_some_and(|at| at < from) {
            self.dashes = find(self.text, "---", from);
        }
        if self.dots.is_some_and(|at| at < from) {
            self.dots = find(self.text, "...", from);
        }
        match (self.dashes, self.dots) {
            (Some(dashes), Some(dots)) if dots < dashes => Some(Marker { at: dots, starts: false }),
            (Some(at), _) => Some(Marker { at, starts: true }),
            (None, at) => at.map(|at| Marker { at, starts: false }),
        }
    }
}

fn find(text: &str, mark: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let starts_line = |at: usize| matches!(bytes[..at], [] | [.., b'\n' | b'\r'] | [0xEF, 0xBB, 0xBF]);
    let ends_word = |at: usize| matches!(bytes.get(at + 3), None | Some(b' ' | b'\t' | b'\n' | b'\r' | 0));
    memmem::find_iter(&bytes[from.min(bytes.len())..], mark)
        .map(|at| at + from)
        .find(|&at| starts_line(at) && ends_word(at))
}

/// The first byte of the line after the one that holds `at`.
fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text.as_bytes()[at..]).map_or(text.len(), |found| {
        let end = at + found;
        if text[end..].starts_with("\r\n") { end + 2 } else { end + 1 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(usize, bool)> {
        let mut markers = Markers::new(text);
        let mut from = 0;
        let mut found = Vec::new();
        while let Some(marker) = markers.next(from) {
            found.push((marker.at, marker.starts));
            from = marker.content(text);
        }
        found
    }

    #[test]
    fn only_whole_words_at_column_zero_are_markers() {
        assert_eq!(
            all("---\na: ---\n----\n ---\n--- b\n...\nc\n---"),
            [(0, true), (21, true), (27, false), (33, true)]
        );
    }

    #[test]
    fn crlf_lone_carriage_returns_and_a_byte_order_mark_start_lines() {
        assert_eq!(all("\u{feff}---\r\na\r\n---\rb\r---"), [(3, true), (11, true), (17, true)]);
    }

    #[test]
    fn memmem_overlaps_do_not_hide_a_marker() {
        assert_eq!(all("x---\n---\n"), [(5, true)]);
        assert_eq!(all("-----\n--- x"), [(6, true)]);
    }
}
