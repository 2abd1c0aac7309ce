//! Small looks into the text between two tokens.

use ringfence_text::Span;

/// The first byte at or after `from` that is neither space, line break nor comment.
pub(crate) fn skip_trivia(text: &str, from: u32) -> u32 {
    let bytes = text.as_bytes();
    let mut at = from as usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            // A byte order mark may stand before any document.
            0xEF if bytes[at..].starts_with(b"\xEF\xBB\xBF") => at += 3,
            b'#' if starts_comment(bytes, at) => {
                at = memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |end| at + end);
            }
            _ => break,
        }
    }
    at as u32
}

fn starts_comment(bytes: &[u8], at: usize) -> bool {
    at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'\r') || bytes[..at].ends_with(b"\xEF\xBB\xBF")
}

/// The byte after the next token if that token is `mark`, else `from`.
pub(crate) fn after_mark(text: &str, from: u32, mark: u8) -> u32 {
    let at = skip_trivia(text, from);
    let found = text.as_bytes().get(at as usize) == Some(&mark);
    if found && ends_token(text, at + 1) { at + 1 } else { from }
}

/// The byte after the `:` of a key that ends at `key_end` in a mapping that begins at `mapping`, else `key_end`.
pub(crate) fn after_colon(text: &str, key_end: u32, mapping: u32, flow: bool) -> u32 {
    if flow {
        return after_flow_colon(text, key_end);
    }
    let after = after_mark(text, key_end, b':');
    let between = Span::new(key_end, after).slice(text);
    // On a line of its own it stands under the key's `?`; further left it belongs to an outer key.
    let own = !between.contains(['\n', '\r']) || column(text, after - 1) == column(text, mapping);
    if own { after } else { key_end }
}

/// Between brackets the `:` of a quoted key may touch the value, and that of any key a bracket or comma.
fn after_flow_colon(text: &str, key_end: u32) -> u32 {
    let after = after_mark(text, key_end, b':');
    let bytes = text.as_bytes();
    let at = skip_trivia(text, key_end) as usize;
    if after > key_end || bytes.get(at) != Some(&b':') {
        return after;
    }
    let quoted = matches!(bytes.get((key_end as usize).wrapping_sub(1)), Some(b'"' | b'\'' | b']' | b'}'));
    let touches = matches!(bytes.get(at + 1), Some(b',' | b'[' | b']' | b'{' | b'}'));
    if quoted || touches { at as u32 + 1 } else { key_end }
}

/// After the `,` and the `? ` that may come before a node between brackets.
pub(crate) fn flow_slot(text: &str, from: u32) -> u32 {
    after_mark(text, after_comma(text, from), b'?')
}

fn after_comma(text: &str, from: u32) -> u32 {
    let at = skip_trivia(text, from);
    if text.as_bytes().get(at as usize) == Some(&b',') { at + 1 } else { from }
}

fn ends_token(text: &str, at: u32) -> bool {
    matches!(text.as_bytes().get(at as usize), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

/// After the anchors and tags that may stand before a node.
pub(crate) fn skip_names(text: &str, from: u32) -> u32 {
    let bytes = text.as_bytes();
    let mut at = skip_trivia(text, from);
    while matches!(bytes.get(at as usize), Some(b'&' | b'!')) {
        let token = text[at as usize..].find([' ', '\t', '\n', '\r']).unwrap_or(text.len() - at as usize);
        at = skip_trivia(text, at + token as u32);
    }
    at
}

/// The dash of a block sequence whose place begins at `slot`.
pub(crate) fn dash(text: &str, slot: u32) -> Option<u32> {
    let at = skip_names(text, slot);
    (text.as_bytes().get(at as usize) == Some(&b'-')).then_some(at)
}

/// A block text from its `|` or `>` at `head` up to the line break that ends its last line. `content` is what the engine
/// says: from the first character of the text to the line after it.
pub(crate) fn block_scalar(text: &str, head: u32, content: Span) -> Span {
    let start = if matches!(text.as_bytes().get(head as usize), Some(b'|' | b'>')) { head } else { content.start };
    let line = text[start as usize..].find(['\n', '\r']).map_or(text.len() as u32, |at| start + at as u32);
    let header = Span::new(start, line).slice(text);
    let keep = header.chars().skip(1).take_while(|c| !c.is_whitespace()).any(|c| c == '+');
    if content.end <= line {
        return Span::new(start, start + header.trim_end().len() as u32);
    }
    let indent = if content.start > line { column(text, content.start) } else { 0 };
    let mut body = Span::new(line, content.end).slice(text);
    if keep {
        // The engine may count the next line's indentation in.
        let lines = body.trim_end_matches(' ');
        let lines = if body.len() - lines.len() <= indent && lines.ends_with(['\n', '\r']) { lines } else { body };
        body = cut_break(lines).unwrap_or(lines);
    } else {
        while let Some(shorter) = without_blank_line(body, indent) {
            body = shorter;
        }
        if body.is_empty() {
            return Span::new(start, start + header.trim_end().len() as u32);
        }
    }
    Span::new(start, line + body.len() as u32)
}

/// `body` without its last line, if that is blank: no longer than the indentation and all spaces.
fn without_blank_line(body: &str, indent: usize) -> Option<&str> {
    let last = body.rfind(['\n', '\r']).map(|at| &body[at + 1..])?;
    let blank = last.len() <= indent && last.bytes().all(|byte| byte == b' ');
    if blank { cut_break(&body[..body.len() - last.len()]) } else { None }
}

fn cut_break(body: &str) -> Option<&str> {
    body.strip_suffix("\r\n").or_else(|| body.strip_suffix(['\n', '\r']))
}

/// How many bytes stand before `at` on its line, a byte order mark not counted.
pub(crate) fn column(text: &str, at: u32) -> usize {
    let before = &text[..at as usize];
    let line = &before[before.rfind(['\n', '\r']).map_or(0, |end| end + 1)..];
    line.trim_start_matches('\u{feff}').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trivia_is_space_breaks_and_comments() {
        assert_eq!(skip_trivia("  # x: y\n\t # z\r\n a", 0), 17);
        assert_eq!(skip_trivia("a#b", 1), 1, "no comment without a space before it");
    }

    #[test]
    fn a_mark_is_found_past_comments() {
        assert_eq!(after_colon("a # c\n: b", 1, 0, false), 7);
        assert_eq!(after_colon("a, b", 1, 0, true), 1);
        assert_eq!(after_colon("\"a\":b", 3, 0, true), 4);
        assert_eq!(after_colon("?\n:b: c", 1, 0, false), 1, "a plain text that begins with a colon");
        assert_eq!(after_colon("? ? a\n: b", 5, 2, false), 5, "the colon of the outer key");
        assert_eq!(after_mark("-x", 0, b'-'), 0);
    }
}
