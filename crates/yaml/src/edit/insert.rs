//! New entries and items.

use ringfence_text::{Edit, Span};

use super::layout::{below, column, has_comment, has_place, indent, line_break, line_end, opens_line};
use crate::node::{Entry, Kind, Node, Style};

/// Puts `lines` (`key: value`, possibly over several lines) after `entry` in the same mapping. In brackets it must be one line.
pub fn insert_entry_after(entry: Entry<'_>, lines: &str) -> Option<Vec<Edit>> {
    let mapping = entry.key.parent()?;
    if mapping.flow() {
        insert_flow(mapping, entry.span(), lines)
    } else {
        insert_block(mapping, entry.value, lines, "")
    }
}

/// Puts `lines` at the end of `mapping`, which may be `{}` or a value that is not written yet.
pub fn append_entry(mapping: Node<'_>, lines: &str) -> Option<Vec<Edit>> {
    match mapping.entries().last() {
        Some(last) => insert_entry_after(last, lines),
        None => fill(mapping, Kind::Mapping, lines, ""),
    }
}

/// Puts `lines` (the item without its dash) at the end of `sequence`, which may be `[]` or a value that is not written yet.
/// In brackets it must be one line.
pub fn append_item(sequence: Node<'_>, lines: &str) -> Option<Vec<Edit>> {
    match sequence.items().last() {
        Some(last) if sequence.flow() => insert_flow(sequence, last.full_span(), lines),
        Some(last) => insert_block(sequence, last, lines, "- "),
        None => fill(sequence, Kind::Sequence, lines, "- "),
    }
}

/// New lines under the `last` child of a block collection, the first one behind `mark`.
fn insert_block(collection: Node<'_>, last: Node<'_>, lines: &str, mark: &str) -> Option<Vec<Edit>> {
    let tree = collection.tree();
    if ends_in_open_block(last) {
        return None;
    }
    let column = column(tree.text(), collection.span().start)?;
    let at = below(tree, last.full_span().end, column)?;
    let nl = line_break(tree.text());
    let first = format!("{nl}{}{mark}", " ".repeat(column));
    Some(vec![Edit::insert(at, indent(lines, column + mark.len(), &first, nl))])
}

/// Whether a block text goes up to the very end of the text without a line break: one after it would be part of it.
fn ends_in_open_block(mut node: Node<'_>) -> bool {
    while let Some(last) = node.children().last() {
        node = last;
    }
    let block = node.scalar().is_some_and(|scalar| matches!(scalar.style, Style::Literal | Style::Folded));
    block && node.span().end as usize == node.tree().text().len()
}

/// One more child between brackets, after the one at `last`.
fn insert_flow(collection: Node<'_>, last: Span, line: &str) -> Option<Vec<Edit>> {
    let text = collection.tree().text();
    let line = line.trim_end_matches('\n');
    if line.contains('\n') || !is_bracketed(collection) {
        return None;
    }
    let after = &text[last.end as usize..];
    let before = text[..last.end as usize].chars().next_back();
    // `a:,` would be a key of its own for some.
    let space = if before == Some(':') { " " } else { "" };
    if !opens_line(text, last.start) {
        return Some(vec![Edit::insert(last.end, format!("{space}, {line}"))]);
    }
    let indent = " ".repeat(column(text, last.start)?);
    let nl = line_break(text);
    let comma = after.len() - after.trim_start_matches([' ', '\t']).len();
    if after[comma..].starts_with(',') {
        // The comma, and a comment behind it, stay with their line.
        let end = line_end(text, last.end);
        let rest = Span::new(last.end + comma as u32 + 1, end);
        let clear = rest.slice(text).trim().is_empty()
            || has_comment(collection.tree(), rest) && rest.slice(text).trim_start().starts_with('#');
        return clear.then(|| vec![Edit::insert(end, format!("{nl}{indent}{line},"))]);
    }
    Some(vec![Edit::insert(last.end, format!("{space},{nl}{indent}{line}"))])
}

/// Whether it has brackets, as a single `key: value` inside `[…]` has not.
fn is_bracketed(collection: Node<'_>) -> bool {
    let close = if collection.kind() == Kind::Mapping { '}' } else { ']' };
    let raw = collection.span().slice(collection.tree().text());
    let nested = collection.children().last().is_some_and(|last| last.span().end == collection.span().end);
    raw.ends_with(close) && !nested
}

/// The first child of `{}`, `[]` or of a value that is not written.
fn fill(collection: Node<'_>, kind: Kind, lines: &str, mark: &str) -> Option<Vec<Edit>> {
    let (tree, span) = (collection.tree(), collection.span());
    let missing = collection.is_null_text() && span.is_empty() && has_place(collection);
    if !missing && collection.kind() != kind {
        return None;
    }
    if collection.flow() && !lines.trim_end_matches('\n').contains('\n') {
        return Some(vec![Edit::insert(span.start + 1, lines.trim_end_matches('\n'))]);
    }
    let parent = collection.parent().filter(|parent| parent.kind() == Kind::Mapping && !parent.flow())?;
    let column = column(tree.text(), parent.span().start)? + 2;
    let end = line_end(tree.text(), span.end);
    let clear = !has_comment(tree, span) && below(tree, span.end, usize::MAX) == Some(end);
    let nl = line_break(tree.text());
    let block = indent(lines, column + mark.len(), &format!("{nl}{}{mark}", " ".repeat(column)), nl);
    let before = tree.text()[..span.start as usize].trim_end_matches(' ').len() as u32;
    let brackets = Edit::delete(Span::new(before, span.end));
    clear.then(|| if missing { vec![Edit::insert(end, block)] } else { vec![brackets, Edit::insert(end, block)] })
}
