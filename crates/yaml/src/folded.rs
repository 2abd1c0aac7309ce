//! Quoted texts whose further lines stand no deeper than their key.
//!
//! YAML wants them deeper; the library behind `kubectl` and the API server does not ask, and folds its own output so. The
//! engine refuses them. It is given the same bytes with the line breaks of such a text exchanged for tabs, so that every
//! span stays right, and the breaks are folded here.

use memchr::memchr2;
use ringfence_text::Span;

use crate::rough;

/// What stands for a line break.
const BREAK: char = '\t';
/// How many bytes the engine may read again for the sake of such texts.
const BUDGET: usize = 64 << 20;

/// A text with the line breaks of some quoted texts exchanged.
#[derive(Default)]
pub(crate) struct Folded {
    text: Option<String>,
    /// Where these quoted texts are, ascending.
    spans: Vec<Span>,
    spent: usize,
}

impl Folded {
    /// What the engine is to read.
    pub(crate) fn text<'a>(&'a self, original: &'a str) -> &'a str {
        self.text.as_deref().unwrap_or(original)
    }

    /// Exchanges the breaks of the quoted text that opens at or after `from` and holds `at`. `false` where that cannot be
    /// done, or where the budget is spent.
    pub(crate) fn fold(&mut self, original: &str, from: usize, at: usize) -> bool {
        self.spent += original.len();
        let text = self.text(original);
        let Some(span) = quoted(text, from, at).filter(|_| self.spent <= BUDGET) else { return false };
        // Where there is one there are many: a text is not read once for each.
        let mut spans = vec![span];
        spans.extend(alike(text, span.end as usize));
        let (mut exchanged, mut end) = (String::with_capacity(text.len()), 0);
        for span in &spans {
            exchanged.push_str(&text[end..span.start as usize]);
            exchanged.push_str(&span.slice(text).replace("\r\n", " \t").replace(['\n', '\r'], "\t"));
            end = span.end as usize;
        }
        exchanged.push_str(&text[end..]);
        self.text = Some(exchanged);
        self.spans.extend(spans);
        self.spans.sort_unstable();
        true
    }

    /// The value of the quoted text at `span`, if its breaks were exchanged: one break is a space, each further one a break.
    pub(crate) fn value(&self, span: Span, value: &str) -> Option<String> {
        self.spans.binary_search(&span).ok().map(|_| fold(value))
    }
}

/// The quoted text that holds `at`; `None` where it is a key, where it does not end, or where a tab in it could be taken for a break.
fn quoted(text: &str, mut from: usize, at: usize) -> Option<Span> {
    while from < at {
        let open = from + memchr2(b'"', b'\'', &text.as_bytes()[from..at])?;
        let end = close(text, open)?;
        if end > at {
            let inner = &text[open..end];
            let markers = ["\n---", "\n..."].iter().any(|marker| inner.contains(marker));
            let tabs =
                inner.contains('\t') || inner.contains("\\t") || inner.contains("\\\n") || inner.contains("\\\r");
            // A key must stand on one line.
            let key = text[end..].trim_start_matches([' ', '\t']).starts_with(':');
            return (!markers && !tabs && !key).then(|| Span::new(open as u32, end as u32));
        }
        from = end;
    }
    None
}

/// The quoted texts from the line after `from` on that the engine will not like either: values with lines no deeper than
/// their key.
fn alike(text: &str, from: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut block: Option<usize> = None;
    let next_line = |at: usize| text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
    let mut at = next_line(from);
    while at < text.len() {
        let end = next_line(at);
        let line = &text[at..end];
        let indent = line.len() - line.trim_start_matches(' ').len();
        let inside = block.is_some_and(|outer| line.trim().is_empty() || indent > outer);
        if !inside {
            block = rough::opens_block(line).then_some(indent);
            if let Some(span) = hanging(text, at, end) {
                at = next_line(span.end as usize);
                spans.push(span);
                continue;
            }
        }
        at = end;
    }
    spans
}

/// The quoted value that opens on a line and goes on too far left.
fn hanging(text: &str, start: usize, end: usize) -> Option<Span> {
    let line = &text[start..end];
    let key = line.len() - line.trim_start_matches([' ', '-']).len();
    let value = if line[key..].starts_with(['"', '\'']) { key } else { line.find(": ")? + 2 };
    let open = start + value;
    if line[key..].starts_with('#') || !text[open..].starts_with(['"', '\'']) {
        return None;
    }
    let next = text[end..].split('\n').find(|line| !line.trim().is_empty())?;
    let left = next.len() - next.trim_start_matches(' ').len() <= key;
    quoted(text, open, end).filter(|_| left)
}

/// The byte after the closing quote.
fn close(text: &str, open: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes[open];
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            byte if byte == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn fold(value: &str) -> String {
    let lines: Vec<&str> = value.split(BREAK).collect();
    let mut out = String::with_capacity(value.len());
    let mut blank = 0;
    for (at, line) in lines.iter().enumerate() {
        let (first, last) = (at == 0, at + 1 == lines.len());
        let line = if first { line } else { line.trim_start_matches(' ') };
        let line = if last { line } else { line.trim_end_matches(' ') };
        match blank {
            _ if first => {}
            _ if line.is_empty() && !last => {
                blank += 1;
                continue;
            }
            0 => out.push(' '),
            _ => out.extend(std::iter::repeat_n('\n', blank)),
        }
        blank = 0;
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_are_folded() {
        assert_eq!(fold("a \t  b\t \t\tc "), "a b\n\nc ");
        assert_eq!(fold("\ta\t"), " a ");
    }

    #[test]
    fn further_ones_are_found_outside_of_block_texts() {
        let text = "x: 1\na: 'b\nc'\nd: |\n  e: 'f\n  g'\n# h: 'i\n- j: \"k\n  l\"\nm: 'n'\n";
        let found: Vec<&str> = alike(text, 0).into_iter().map(|span| span.slice(text)).collect();
        assert_eq!(found, ["'b\nc'", "\"k\n  l\""]);
    }

    #[test]
    fn the_quoted_text_around_a_byte_is_found() {
        let text = "a: 'it''s'\nb: \"x \\\" \n y\"";
        assert_eq!(quoted(text, 0, 22).map(|span| span.slice(text)), Some("\"x \\\" \n y\""));
        assert_eq!(quoted("a: \"x\n", 0, 6), None, "it never ends");
        assert_eq!(quoted("a: \"x\n---\ny\"", 0, 10), None, "it would end in another document");
        assert_eq!(quoted("\"x\ny\": z", 0, 3), None, "it is a key");
        assert_eq!(quoted("a: \"x\\t\ny\"", 0, 8), None, "which tab is the break?");
    }
}
