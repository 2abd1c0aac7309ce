//! A span as a reader should see it: inside its text, and without the line break and blanks it may end in.

use ringfence_text::{File, Span};

/// The part of `span` to mark. One that covers only blanks is kept up to its first line break; one outside the text is
/// the nearest place in it.
pub(crate) fn shown(file: &File, span: Span) -> Span {
    let text = file.text();
    let start = boundary(text, span.start);
    let covered = &text[start..boundary(text, span.end).max(start)];
    let kept = covered.trim_end();
    let kept = if kept.is_empty() { covered.split(['\n', '\r']).next().unwrap_or_default() } else { kept };
    Span::new(start as u32, (start + kept.len()) as u32)
}

/// The nearest start of a character at or before `byte`.
fn boundary(text: &str, byte: u32) -> usize {
    text.floor_char_boundary(byte as usize)
}

#[cfg(test)]
mod tests {
    use ringfence_text::Files;

    use super::*;

    fn of(text: &str, start: u32, end: u32) -> Span {
        let mut files = Files::new();
        let id = files.add("a", text);
        shown(files.get(id).unwrap(), Span::new(start, end))
    }

    #[test]
    fn a_span_ends_where_its_text_ends() {
        assert_eq!(of("a: b  \r\nc", 0, 8), Span::new(0, 4));
        assert_eq!(of("a: \nc", 2, 4), Span::new(2, 3), "blanks alone stay");
        assert_eq!(of("é", 1, 1), Span::empty(0), "inside a character");
        assert_eq!(of("ab\n", 70, 90), Span::empty(3), "past the end");
    }
}
