//! How a text is written: bare, in quotes, or as a block.
//!
//! As the emitter of go-yaml v2 decides (`yaml_emitter_analyze_scalar`, `yaml_emitter_select_scalar_style`).

use std::fmt::Write as _;

use ringfence_yaml::core11::{Resolved, resolve_plain};

/// The column behind which texts are folded.
const WIDTH: usize = 80;

/// Where a text is written.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// How far its further lines are indented.
    pub(super) indent: usize,
    /// Whether it is a key.
    pub(super) key: bool,
}

/// Which styles a text allows.
struct Allowed {
    plain: bool,
    single: bool,
    block: bool,
}

/// Writes a text; a block ends with its line break.
pub(super) fn write_string(out: &mut String, text: &str, context: Context) {
    let allowed = Allowed::of(text);
    let multiline = text.contains('\n');
    if multiline && allowed.block && !context.key {
        block(out, text, context.indent);
    } else if multiline || !is_text(text) {
        double(out, text, context);
    } else if allowed.plain && !(context.key && text.is_empty()) {
        folded(out, text, context);
    } else if allowed.single {
        out.push('\'');
        folded(out, &text.replace('\'', "''"), context);
        out.push('\'');
    } else {
        double(out, text, context);
    }
}

/// Whether a text, written bare, is read back as text.
fn is_text(text: &str) -> bool {
    if matches!(text, "=" | "<<") {
        return true;
    }
    resolve_plain(text) == Resolved::Str && !is_time(text) && !is_base_60(text)
}

/// `1:30`, which YAML 1.1 takes for a number of base 60.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let sixty = |part: &str| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && whole.contains(':')
        && parts.all(sixty)
}

/// A date, or a date with a time.
fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let year = bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-';
    if !year {
        return false;
    }
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let mut parts = date[5..].split('-');
    let part = |part: Option<&str>| {
        part.is_some_and(|part| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let rest = text.get(date.len() + 1..).unwrap_or("00:00:00");
    part(parts.next()) && part(parts.next()) && parts.next().is_none() && rest.split(':').count() >= 3
}

impl Allowed {
    fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self { plain: true, single: true, block: false };
        }
        let special = text.chars().any(|c| c != '\n' && !is_printable(c));
        let (first, last) = (text.starts_with([' ', '\n']), text.ends_with([' ', '\n']));
        let breaks = text.contains('\n');
        let space_break = text.contains(" \n");
        Self {
            plain: !(first || last || breaks || special || has_indicator(text)),
            single: !(special || space_break || text.contains("\n ")),
            block: !(special || space_break || text.ends_with(' ')),
        }
    }
}

/// Whether a text holds something that means something else when it is bare.
fn has_indicator(text: &str) -> bool {
    let blank = |c: Option<char>| c.is_none_or(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    let mut chars = text.chars();
    let first = chars.next().unwrap_or_default();
    let begins = match first {
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => true,
        '?' | ':' | '-' => blank(chars.next()),
        _ => false,
    };
    let colon = text.char_indices().skip(1).any(|(at, c)| c == ':' && blank(text[at + 1..].chars().next()));
    let hash = [" #", "\t#", "\n#"].into_iter().any(|hash| text.contains(hash));
    begins || colon || hash || text.starts_with("---") || text.starts_with("...")
}

fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// A bare or single quoted text: a blank behind column 80 becomes a line break, unless others stand beside it.
fn folded(out: &mut String, text: &str, context: Context) {
    let mut column = column(out);
    let quoted = out.ends_with('\'');
    let mut blank_before = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let inside = !quoted || (at > 0 && next.is_some());
        if c == ' ' && !context.key && !blank_before && column > WIDTH && inside && next != Some(' ') {
            column = line_break(out, context.indent);
        } else {
            out.push(c);
            column += 1;
        }
        blank_before = c == ' ';
    }
}

fn column(out: &str) -> usize {
    out.rsplit('\n').next().unwrap_or_default().chars().count()
}

fn line_break(out: &mut String, indent: usize) -> usize {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
    indent
}

fn block(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text == "\n" || text.ends_with("\n\n") {
        out.push('+');
    }
    out.push('\n');
    let body = text.strip_suffix('\n').unwrap_or(text);
    for line in body.split('\n') {
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn double(out: &mut String, text: &str, context: Context) {
    out.push('"');
    let mut column = column(out);
    let mut blank_before = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let start = out.len();
        if c == ' ' && !context.key && !blank_before && column > WIDTH && at > 0 && next.is_some() {
            column = line_break(out, context.indent);
            if next == Some(' ') {
                out.push('\\');
            }
            blank_before = true;
            continue;
        }
        escaped(out, c);
        column += out[start..].chars().count();
        blank_before = c == ' ';
    }
    out.push('"');
}

fn escaped(out: &mut String, c: char) {
    let short = match c {
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        c if is_printable(c) => return out.push(c),
        _ => "",
    };
    // Writing to a string cannot fail.
    let _ = match c as u32 {
        _ if !short.is_empty() => out.write_str(short),
        code @ 0..=0xff => write!(out, "\\x{code:02X}"),
        code @ 0x100..=0xffff => write!(out, "\\u{code:04X}"),
        code => write!(out, "\\U{code:08X}"),
    };
}
