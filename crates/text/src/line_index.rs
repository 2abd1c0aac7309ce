//! Bytes to lines and columns, in each of the units that readers count in.

/// The start of every line of a text. Building it is one pass of `memchr`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// A place as people and editors count it. Lines and columns are from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in Unicode scalar values, from 1: what terminals, SARIF (`unicodeCodePoints`) and our JSON use.
    pub column: u32,
}

impl LineIndex {
    /// The lines of `text`. `\n` ends a line; the `\r` of a CRLF belongs to the line it ends.
    pub fn new(text: &str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1);
        Self { starts: std::iter::once(0).chain(ends).collect() }
    }

    /// How many lines there are; a text that ends in a line break has an empty last line.
    pub fn lines(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line that holds `byte`, from 0.
    pub fn line(&self, byte: u32) -> u32 {
        self.starts.partition_point(|&start| start <= byte) as u32 - 1
    }

    /// The bytes of a line (from 0), its line break included. Empty past the end.
    pub fn line_range(&self, line: u32, text: &str) -> std::ops::Range<usize> {
        let end = text.len();
        let start = self.starts.get(line as usize).map_or(end, |&s| s as usize);
        let next = self.starts.get(line as usize + 1).map_or(end, |&s| s as usize);
        start..next
    }

    /// Line and column of `byte`. A byte past the end is taken as the end; one inside a character, as its start.
    pub fn position(&self, byte: u32, text: &str) -> Position {
        let line = self.line(byte);
        Position { line: line + 1, column: self.prefix(line, byte, text).chars().count() as u32 + 1 }
    }

    /// The column of `byte` in UTF-16 units, from 0: what editors count in by default.
    pub fn utf16_column(&self, byte: u32, text: &str) -> u32 {
        self.prefix(self.line(byte), byte, text).encode_utf16().count() as u32
    }

    /// The column of `byte` in bytes, from 0: what editors count in where they speak UTF-8.
    pub fn utf8_column(&self, byte: u32, text: &str) -> u32 {
        self.prefix(self.line(byte), byte, text).len() as u32
    }

    fn prefix<'t>(&self, line: u32, byte: u32, text: &'t str) -> &'t str {
        let start = self.starts[line as usize] as usize;
        let mut end = (byte as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let prefix = text.get(start..end).unwrap_or_default();
        // A byte order mark is no column: editors do not show it.
        if line == 0 { prefix.strip_prefix('\u{feff}').unwrap_or(prefix) } else { prefix }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_utf16_units_and_bytes() {
        let text = "a: b\nkey: é😀x\r\nend";
        let index = LineIndex::new(text);
        let x = text.find('x').unwrap() as u32;
        assert_eq!(index.position(x, text), Position { line: 2, column: 8 });
        assert_eq!(index.utf16_column(x, text), 8);
        assert_eq!(index.utf8_column(x, text), 11);
        assert_eq!(index.position(text.len() as u32, text), Position { line: 3, column: 4 });
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = "\u{feff}kind: X";
        assert_eq!(LineIndex::new(text).position(3, text), Position { line: 1, column: 1 });
    }

    #[test]
    fn places_past_the_end_and_inside_a_character_are_taken_as_the_nearest() {
        let text = "é";
        let index = LineIndex::new(text);
        assert_eq!(index.position(99, text).column, 2);
        assert_eq!(index.position(1, text).column, 1);
        assert_eq!(index.line_range(7, text), 2..2);
    }
}
