//! Text from a manifest made safe to print: it may hold escape sequences, line breaks and marks that reorder what is read.

use std::borrow::Cow;

/// `c` as a terminal or a log may have it. A tab stays; its width is the renderer's business.
pub(crate) fn shown(c: char) -> char {
    match c {
        '\t' => c,
        // The pictures that Unicode has for the control characters of ASCII.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        _ if reorders(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

/// Marks that change the order or the lines in which text is read.
fn reorders(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` as one line: every break and run of blanks around it is one space.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| shown(c) == c) {
        return Cow::Borrowed(text);
    }
    let joined = text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    Cow::Owned(joined.chars().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(line("plain `é`"), "plain `é`");
        assert_eq!(line("a\r\n  b\x1b[31m"), "a b␛[31m");
        assert_eq!(line("a\u{202e}b\u{7f}"), "a\u{fffd}b␡");
    }
}
