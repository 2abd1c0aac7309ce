//! Other text for a scalar.

use std::fmt::Write;

use ringfence_text::Edit;

use super::layout;
use crate::core11::{self, Resolved};
use crate::core12;
use crate::node::{Entry, Node, Style};

/// Puts `text` in place of what a scalar reads. Its quotes stay; a plain one stays plain where the new text means the same
/// kind of thing (a string for a string, a number for a number) and is quoted else. A missing value gets written.
pub fn replace_scalar(node: Node<'_>, text: &str) -> Option<Vec<Edit>> {
    let scalar = node.scalar()?;
    let span = node.span();
    let tree = node.tree();
    let block = matches!(scalar.style, Style::Literal | Style::Folded);
    if block && layout::has_comment(tree, span) {
        return None;
    }
    let written = match scalar.style {
        Style::Plain if stays_plain(node, text) => text.to_owned(),
        Style::Single if text.chars().all(is_simple) => format!("'{}'", text.replace('\'', "''")),
        _ => double_quoted(text),
    };
    if !scalar.raw.is_empty() {
        return Some(vec![Edit::replace(span, written)]);
    }
    let before = tree.text()[..span.start as usize].chars().next_back();
    let space = if before.is_some_and(|before| !before.is_whitespace()) { " " } else { "" };
    layout::has_place(node).then(|| vec![Edit::insert(span.start, format!("{space}{written}"))])
}

/// Gives an entry another key.
pub fn rename_key(entry: Entry<'_>, key: &str) -> Option<Vec<Edit>> {
    replace_scalar(entry.key, key)
}

/// Puts a plain scalar in quotes, so that it is the string that stands there. `None` for what is quoted already.
pub fn quote(node: Node<'_>) -> Option<Vec<Edit>> {
    let scalar = node.scalar().filter(|scalar| scalar.style == Style::Plain && !scalar.raw.is_empty())?;
    Some(vec![Edit::replace(node.span(), double_quoted(scalar.as_str()))])
}

/// Whether `text` may stand bare in the place of a plain scalar and mean the same kind of thing.
fn stays_plain(node: Node<'_>, text: &str) -> bool {
    let same_kind = |old: Resolved, new: Resolved| {
        let number = |value| matches!(value, Resolved::Int(_) | Resolved::Uint(_) | Resolved::Float(_));
        let boolean = |value| matches!(value, Resolved::Bool(_));
        (old == Resolved::Str && new == Resolved::Str) || (number(old) && number(new)) || (boolean(old) && boolean(new))
    };
    let is_string = core11::resolve_plain(text) == Resolved::Str && core12::resolve_plain(text) == Resolved::Str;
    let old = core11::resolve(node).unwrap_or(Resolved::Str);
    let missing = node.span().is_empty();
    is_bare(text)
        && ((missing && is_string)
            || (same_kind(old, core11::resolve_plain(text)) && (old != Resolved::Str || is_string)))
}

/// Letters, digits and the few marks that no place gives a meaning.
fn is_bare(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_'));
    starts && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

fn is_simple(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{feff}')
}

/// In double quotes, on one line, readable by YAML 1.1, YAML 1.2 and JSON alike.
fn double_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_simple(c) => out.push(c),
            // All of these are below U+10000. Writing to a string cannot fail.
            c => drop(write!(out, "\\u{:04x}", u32::from(c))),
        }
    }
    out + "\""
}
