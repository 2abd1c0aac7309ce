//! The reader for YAML as manifests are nearly always written, many times as fast as the engine.
//!
//! Block mappings and lists, scalars on one line, brackets on one line, block texts without frills, comments. It reads a
//! text whole or gives up at the first thing that is not so plain (anchors, tags, escapes, texts over several lines, any
//! error), and the engine reads it from the start. What it does read is the tree that the engine makes, span by span: a
//! test holds the two together.

use ringfence_text::Span;

use crate::Limits;
use crate::build::Builder;
use crate::node::{Kind, Style};
use crate::tree::{Shape, TextAt};

/// Deeper than any manifest; the engine counts further.
const DEPTH: u32 = 60;
/// The engine takes no longer key on one line.
const KEY: usize = 1000;

/// Reads a text. `None` where it is not plain.
pub(crate) fn read<'a>(text: &'a str, limits: &Limits) -> Option<Builder<'a>> {
    if limits.depth <= DEPTH || text.len() > limits.nodes as usize || !is_printable(text) {
        return None;
    }
    let mut build = Builder::new(text);
    build.nodes.reserve(text.len() / 10);
    let mut reader = Reader { text: text.as_bytes(), at: 0, indent: None, depth: 0, build };
    reader.advance(0)?;
    if reader.indent.is_some() {
        let end = reader.next_marker(0);
        reader.document(Span::new(0, end), false)?;
    }
    while reader.text.get(reader.at) == Some(&b'-') {
        let start = reader.at as u32 + 3;
        reader.advance(reader.at + 3)?;
        let end = reader.next_marker(start);
        reader.document(Span::new(start, end), true)?;
    }
    Some(reader.build)
}

/// Whether a text has only line feeds for control characters, and nothing that YAML does not print.
fn is_printable(text: &str) -> bool {
    let control = |byte: u8| byte < b' ' && byte != b'\n' || byte == 0x7F;
    // Not lazily: without a branch the compiler looks at many bytes at once.
    let odd = text.bytes().fold(false, |odd, byte| odd | control(byte) | !byte.is_ascii());
    let breaks =
        |c: char| matches!(c, '\u{80}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}');
    !odd || !text.bytes().any(control) && !text.chars().any(breaks)
}

struct Reader<'a> {
    text: &'a [u8],
    /// The first byte of the next line with content; of a marker or the end, its own.
    at: usize,
    /// The column of that content. `None` at a marker and at the end.
    indent: Option<usize>,
    depth: u32,
    build: Builder<'a>,
}

impl Reader<'_> {
    fn document(&mut self, span: Span, explicit: bool) -> Option<()> {
        self.build.open_document(span, explicit);
        if let Some(indent) = self.indent {
            self.block(indent)?;
        }
        if self.indent.is_some() {
            return None;
        }
        self.build.close_document();
        Some(())
    }

    /// Where the document that begins at `from` ends. No line of dashes is content.
    fn next_marker(&self, from: u32) -> u32 {
        let rest = &self.text[from as usize..];
        let marker = memchr::memmem::find_iter(rest, "\n---").find(|at| ends_word(rest, at + 4));
        marker.map_or(self.text.len() as u32, |at| from + at as u32 + 1)
    }

    /// Goes from the end of what a line holds to the next line with content. Comments on the way are kept.
    fn advance(&mut self, from: usize) -> Option<()> {
        let mut at = from;
        let mut line = from == 0;
        self.indent = None;
        loop {
            let start = at;
            while self.text.get(at) == Some(&b' ') {
                at += 1;
            }
            match self.text.get(at) {
                Some(b'\n') => {
                    at += 1;
                    line = true;
                }
                Some(b'#') if line || at > start => {
                    let end = self.line_end(at);
                    self.build.note(Span::new(at as u32, end as u32), line);
                    at = end;
                    line = false;
                }
                Some(_) if !line => return None,
                Some(byte) => {
                    self.at = at;
                    let indent = at - start;
                    match byte {
                        b'-' if indent == 0 && self.text[at..].starts_with(b"---") => {
                            return matches!(self.text.get(at + 3), None | Some(b'\n')).then_some(());
                        }
                        b'%' if indent == 0 => return None,
                        b'.' if indent == 0 && self.text[at..].starts_with(b"...") => return None,
                        _ => self.indent = Some(indent),
                    }
                    return Some(());
                }
                None => {
                    self.at = at;
                    return Some(());
                }
            }
        }
    }

    fn line_end(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |end| at + end)
    }

    /// The collection whose first line stands at `at`, in the column `indent`.
    fn block(&mut self, indent: usize) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        if self.is_dash() {
            self.sequence(indent)?;
        } else {
            self.mapping(indent)?;
        }
        self.depth -= 1;
        Some(())
    }

    fn is_dash(&self) -> bool {
        self.text.get(self.at) == Some(&b'-') && ends_word(self.text, self.at + 1)
    }

    fn mapping(&mut self, indent: usize) -> Option<()> {
        self.build.begin(Shape::Block(Kind::Mapping), self.at as u32);
        loop {
            let colon = self.key(self.at)?;
            self.value(colon + 1, indent, true)?;
            match self.indent {
                Some(next) if next == indent && !self.is_dash() => {}
                Some(next) if next > indent => return None,
                _ => break,
            }
        }
        self.build.end(None);
        Some(())
    }

    fn sequence(&mut self, indent: usize) -> Option<()> {
        self.build.begin(Shape::Block(Kind::Sequence), self.at as u32);
        loop {
            let after = self.at + 1;
            let inline = self.skip_spaces(after);
            let begins = self.text.get(inline).is_some_and(|&byte| byte != b'\n' && byte != b'#');
            let nested = self.text.get(inline) == Some(&b'-') && ends_word(self.text, inline + 1);
            if begins && (nested || self.key_end(inline).is_some()) {
                self.at = inline;
                self.block(indent + inline - (after - 1))?;
            } else {
                self.value(after, indent, false)?;
            }
            match self.indent {
                Some(next) if next == indent && self.is_dash() => {}
                Some(next) if next > indent => return None,
                _ => break,
            }
        }
        self.build.end(None);
        Some(())
    }

    /// A key at `at`; the place of its colon.
    fn key(&mut self, at: usize) -> Option<usize> {
        let colon = self.key_end(at)?;
        match self.text[at] {
            b'"' => self.leaf(Style::Double, at, colon),
            b'\'' => self.leaf(Style::Single, at, colon),
            _ => self.leaf(Style::Plain, at, colon),
        }
        Some(colon)
    }

    /// The colon of the key that begins at `at`, if one does.
    fn key_end(&self, at: usize) -> Option<usize> {
        let end = match *self.text.get(at)? {
            b'"' | b'\'' => self.quoted(at)?,
            first if first.is_ascii_alphanumeric() || matches!(first, b'_' | b'.' | b'/') => {
                at + self.text[at..].iter().position(|&byte| !is_key_byte(byte))?
            }
            _ => return None,
        };
        (self.text.get(end) == Some(&b':') && ends_word(self.text, end + 1) && end - at < KEY).then_some(end)
    }

    /// What stands after a colon or a dash, up to the next line with content.
    fn value(&mut self, after: usize, indent: usize, keyed: bool) -> Option<()> {
        let at = self.skip_spaces(after);
        match self.text.get(at) {
            None | Some(b'\n' | b'#') => {
                self.advance(after)?;
                match self.indent {
                    Some(next) if next > indent => self.block(next),
                    Some(next) if next == indent && keyed && self.is_dash() => self.block(next),
                    _ => {
                        self.leaf(Style::Plain, after, after);
                        Some(())
                    }
                }
            }
            Some(b'|' | b'>') => self.block_text(at, indent),
            Some(b'[' | b'{') => {
                let end = self.flow(at)?;
                self.advance(end)
            }
            Some(&first) => {
                let end = self.scalar(at, first)?;
                self.advance(end)
            }
        }
    }

    /// A scalar on one line; its end.
    fn scalar(&mut self, at: usize, first: u8) -> Option<usize> {
        let (style, end) = match first {
            b'"' => (Style::Double, self.quoted(at)?),
            b'\'' => (Style::Single, self.quoted(at)?),
            _ => (Style::Plain, self.plain(at, first)?),
        };
        self.leaf(style, at, end);
        Some(end)
    }

    /// The end of a bare text.
    fn plain(&self, at: usize, first: u8) -> Option<usize> {
        let second = self.text.get(at + 1).copied().unwrap_or(b'\n');
        if !(is_first(first) || first == b'-' && second.is_ascii_alphanumeric()) {
            return None;
        }
        let line = &self.text[at..self.line_end(at)];
        let mut end = line.len();
        for found in memchr::memchr2_iter(b':', b'#', line) {
            match line[found] {
                b':' if ends_word(line, found + 1) => return None,
                b'#' if line[found - 1] == b' ' => {
                    end = found;
                    break;
                }
                _ => {}
            }
        }
        while line[end - 1] == b' ' {
            end -= 1;
        }
        Some(at + end)
    }

    /// The end of a quoted text without escapes, on one line.
    fn quoted(&self, at: usize) -> Option<usize> {
        let quote = self.text[at];
        let inside = at + 1;
        let end = inside + memchr::memchr3(quote, b'\\', b'\n', &self.text[inside..])?;
        let escape = quote == b'\'' && self.text.get(end + 1) == Some(&b'\'');
        (self.text[end] == quote && !escape).then_some(end + 1)
    }

    /// Brackets that close on their line; the byte after them.
    fn flow(&mut self, at: usize) -> Option<usize> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let (kind, close) = if self.text[at] == b'[' { (Kind::Sequence, b']') } else { (Kind::Mapping, b'}') };
        self.build.begin(Shape::Flow(kind), at as u32);
        let mut at = self.skip_spaces(at + 1);
        if self.text.get(at) != Some(&close) {
            loop {
                if kind == Kind::Mapping {
                    at = self.key(at)? + 1;
                    // The engine has words of its own for a value that is not there.
                    (self.text.get(at) == Some(&b' ')).then_some(())?;
                }
                at = self.flow_value(self.skip_spaces(at))?;
                at = self.skip_spaces(at);
                match self.text.get(at) {
                    Some(b',') => at = self.skip_spaces(at + 1),
                    Some(byte) if *byte == close => break,
                    _ => return None,
                }
            }
        }
        self.build.end(Some(at as u32 + 1));
        self.depth -= 1;
        Some(at + 1)
    }

    fn flow_value(&mut self, at: usize) -> Option<usize> {
        let (style, end) = match *self.text.get(at)? {
            b'[' | b'{' => return self.flow(at),
            b'"' => (Style::Double, self.quoted(at)?),
            b'\'' => (Style::Single, self.quoted(at)?),
            first if first.is_ascii_alphanumeric() || matches!(first, b'_' | b'.' | b'/') => {
                (Style::Plain, at + self.text[at..].iter().position(|&byte| !is_key_byte(byte))?)
            }
            _ => return None,
        };
        self.leaf(style, at, end);
        Some(end)
    }

    /// A block text: `|` or `>`, perhaps with `-`, and lines that need no thought.
    fn block_text(&mut self, head: usize, parent: usize) -> Option<()> {
        let literal = self.text[head] == b'|';
        let strip = self.text.get(head + 1) == Some(&b'-');
        let header = head + 1 + usize::from(strip);
        if self.text.get(header) != Some(&b'\n') {
            return None;
        }
        let first = self.skip_spaces(header + 1);
        let indent = first - (header + 1);
        if indent <= parent || self.text.get(first).is_none_or(|&byte| byte == b'\n') {
            return None;
        }
        let (mut cooked, mut blank, mut line, mut last) = (Vec::new(), 0, header + 1, header);
        while line < self.text.len() {
            let content = self.skip_spaces(line);
            let end = self.line_end(line);
            if content == end {
                // Spaces that belong to the text, or a last line that never ends.
                if content - line > indent || end == self.text.len() {
                    return None;
                }
                blank += 1;
            } else if content - line < indent {
                break;
            } else {
                let deeper = content - line > indent;
                if end == self.text.len() || !literal && (deeper || blank > 0) {
                    return None;
                }
                if !cooked.is_empty() {
                    cooked.push(if literal { b'\n' } else { b' ' });
                }
                cooked.extend(std::iter::repeat_n(b'\n', blank));
                cooked.extend_from_slice(&self.text[line + indent..end]);
                (blank, last) = (0, end);
            }
            line = end + 1;
        }
        if !strip {
            cooked.push(b'\n');
        }
        let style = if literal { Style::Literal } else { Style::Folded };
        let text = String::from_utf8(cooked).ok()?;
        self.build.cooked_leaf(style, Span::new(head as u32, last as u32), &text);
        self.advance(last)
    }

    fn leaf(&mut self, style: Style, start: usize, end: usize) {
        let at = if style == Style::Plain { TextAt::Raw } else { TextAt::Inside };
        self.build.leaf(style, Span::new(start as u32, end as u32), at);
    }

    fn skip_spaces(&self, mut at: usize) -> usize {
        while self.text.get(at) == Some(&b' ') {
            at += 1;
        }
        at
    }
}

fn ends_word(text: &[u8], at: usize) -> bool {
    matches!(text.get(at), None | Some(b' ' | b'\n'))
}

/// What a bare key or a bare text between brackets is made of here.
fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-')
}

/// What a bare text may begin with, whatever follows.
fn is_first(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(byte, b'_' | b'.' | b'/' | b'$' | b'(' | b'+' | b'~' | b'=' | b'^' | b'<' | b';')
}

#[cfg(test)]
mod tests;
