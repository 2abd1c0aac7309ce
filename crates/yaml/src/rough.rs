//! A rough look at text that does not parse: what is quoted, commented out or block text, line by line.

/// The offsets of every `{{` that stands bare.
pub(crate) fn braces(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    let mut at = 0;
    // The indentation of the line that opened a block text, while inside it.
    let mut block: Option<usize> = None;
    while at < text.len() {
        let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
        let line = &text[at..line_end];
        let indent = line.len() - line.trim_start_matches(' ').len();
        let blank = line.trim().is_empty();
        if block.is_some_and(|outer| blank || indent > outer) {
            at = line_end;
            continue;
        }
        block = opens_block(line).then_some(indent);
        at = bare_line(text, at, line_end, &mut found);
    }
    found
}

/// Whether the line ends in the head of a block text.
pub(crate) fn opens_block(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    let head = line.trim_end_matches(|c: char| c.is_ascii_digit() || c == '+' || c == '-');
    let before = head.strip_suffix(['|', '>']);
    before.is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']))
}

/// Reads one line, which quotes may carry over its end; gives where the next line begins.
fn bare_line(text: &str, start: usize, mut end: usize, found: &mut Vec<u32>) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut token_start) = (start, true);
    while at < end {
        match bytes[at] {
            b'#' if at == start || matches!(bytes[at - 1], b' ' | b'\t') => return end,
            quote @ (b'"' | b'\'') if token_start => {
                if let Some(close) = closing(text, at, quote) {
                    at = close;
                    let next = memchr::memchr(b'\n', &bytes[close..]).map_or(bytes.len(), |line| close + line + 1);
                    end = end.max(next);
                }
                token_start = false;
            }
            b'{' if bytes.get(at + 1) == Some(&b'{') => {
                found.push(at as u32);
                at += 1;
                token_start = false;
            }
            b'-' => {}
            byte => token_start = matches!(byte, b' ' | b'\t' | b'[' | b'{' | b',' | b':'),
        }
        at += 1;
    }
    end
}

/// The closing quote for the one at `open`, if what follows it may follow a quoted value.
fn closing(text: &str, open: usize, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 1,
            byte if byte == quote => {
                let follows =
                    matches!(bytes.get(at + 1), None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}' | b':'));
                return follows.then_some(at);
            }
            _ => {}
        }
        at += 1;
    }
    // Never closed: everything up to the end is inside.
    Some(bytes.len().saturating_sub(1).max(open))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_braces_count() {
        assert_eq!(braces("a: {{ x }}\n"), [3]);
        assert_eq!(braces("a: \"{{ x }}\" # {{ y }}\nb: '{{ it''s }}'\n"), [0; 0]);
        assert_eq!(braces("a: |\n  {{ x }}\n\n  y\nb: {{ z }}"), [23]);
        assert_eq!(braces("{{- if x }}\n- {{ y }}"), [0, 14]);
    }

    #[test]
    fn a_quote_that_its_template_breaks_does_not_hide_it() {
        assert_eq!(braces("a: \"{{ printf \"x\" }}\"\n"), [4]);
    }

    #[test]
    fn a_quote_over_several_lines_hides_them_all() {
        assert_eq!(braces("a: \"x\n  {{ y }}\"\nb: {{ z }}"), [20]);
    }
}
