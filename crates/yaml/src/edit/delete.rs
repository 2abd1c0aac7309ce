//! Entries and items taken out.

use ringfence_text::{Edit, Span};

use super::layout::{column, has_comment, has_odd_lines, is_needed, line_end, line_start, next_line, opens_line};
use crate::node::{Entry, Kind, Node};
use crate::scan;

/// Takes an entry out of its mapping; the last one leaves `{}`. Comments on lines of their own stay. `None` where a comment
/// stands inside or behind it, or an alias elsewhere needs an anchor in it.
pub fn delete_entry(entry: Entry<'_>) -> Option<Vec<Edit>> {
    let mapping = entry.key.parent()?;
    let starts: Vec<Span> = mapping.entries().map(|entry| entry.span()).collect();
    delete(mapping, &starts, entry.span())
}

/// Takes an item out of its sequence; the last one leaves `[]`. Comments as for [`delete_entry`].
pub fn delete_item(item: Node<'_>) -> Option<Vec<Edit>> {
    let sequence = item.parent().filter(|parent| parent.kind() == Kind::Sequence)?;
    let mut spans = Vec::new();
    let mut from = sequence.span().start;
    let mut wanted = None;
    for sibling in sequence.items() {
        let mut span = sibling.full_span();
        if !sequence.flow() {
            span.start = scan::after_mark(sequence.tree().text(), from, b'-').checked_sub(1)?;
            from = span.end;
        }
        if sibling == item {
            wanted = Some(span);
        }
        spans.push(span);
    }
    delete(sequence, &spans, wanted?)
}

/// Takes the child at `gone` out of a collection with children at `children`.
fn delete(collection: Node<'_>, children: &[Span], gone: Span) -> Option<Vec<Edit>> {
    let tree = collection.tree();
    if has_odd_lines(tree.text()) || has_comment(tree, gone) || is_needed(collection, gone) {
        return None;
    }
    let at = children.iter().position(|&child| child == gone)?;
    let (before, after) = (at.checked_sub(1).map(|at| children[at]), children.get(at + 1).copied());
    match collection.flow() {
        true => delete_flow(collection, before, gone, after),
        false if children.len() == 1 => empty_out(collection, gone),
        false => delete_block(collection, gone, after),
    }
}

fn delete_flow(collection: Node<'_>, before: Option<Span>, gone: Span, after: Option<Span>) -> Option<Vec<Edit>> {
    let tree = collection.tree();
    let span = match (before, after) {
        (_, Some(after)) => Span::new(gone.start, after.start),
        (Some(before), None) => Span::new(before.end, gone.end),
        (None, None) => Span::new(collection.span().start + 1, collection.span().end - 1),
    };
    // Between brackets only separators may go along; anything else is an explicit `?`, or there are no brackets.
    let bare = |span: Span| span.slice(tree.text()).chars().all(|c| c.is_whitespace() || c == ',');
    let lead = Span::new(span.start, gone.start.max(span.start));
    let tail = Span::new(gone.end, span.end.max(gone.end));
    let bracketed =
        collection.span().slice(tree.text()).starts_with(['{', '[']) && collection.span().start < gone.start;
    (bracketed && bare(lead) && bare(tail) && !has_comment(tree, span)).then(|| vec![Edit::delete(span)])
}

fn delete_block(collection: Node<'_>, gone: Span, after: Option<Span>) -> Option<Vec<Edit>> {
    let tree = collection.tree();
    let text = tree.text();
    if opens_line(text, gone.start) {
        // The line break before stays, so that a last line without one needs no care; the one after goes.
        let rest = Span::new(gone.end, line_end(text, gone.end));
        let lines = Span::new(line_start(text, gone.start), next_line(text, gone.end));
        return rest.slice(text).trim().is_empty().then(|| vec![Edit::delete(lines)]);
    }
    // Behind a dash: what follows moves up to its place, which has the same column.
    let span = Span::new(gone.start, after?.start);
    let dash = text[line_start(text, gone.start) as usize..gone.start as usize].trim_end().ends_with('-');
    let between = Span::new(gone.end, span.end).slice(text).trim().is_empty();
    (dash && between).then(|| vec![Edit::delete(span)])
}

/// Puts `{}` or `[]` in place of a block collection whose only child goes.
fn empty_out(collection: Node<'_>, gone: Span) -> Option<Vec<Edit>> {
    let tree = collection.tree();
    let text = tree.text();
    let empty = if collection.kind() == Kind::Mapping { "{}" } else { "[]" };
    let rest = Span::new(gone.end, line_end(text, gone.end));
    if collection.span() != gone || !rest.slice(text).trim().is_empty() {
        return None;
    }
    let entry = collection.parent().and_then(|parent| parent.entries().find(|entry| entry.value == collection));
    let Some(entry) = entry.filter(|_| opens_line(text, gone.start)) else {
        let column = |node: Node<'_>| column(text, node.span().start);
        let inner = collection.parent().is_none_or(|parent| column(collection) > column(parent));
        return inner.then(|| vec![Edit::replace(gone, empty)]);
    };
    let colon = scan::after_colon(text, entry.key.span().end, entry.key.parent()?.span().start, false);
    let names = [collection.anchor(), collection.tag()];
    let at = names.into_iter().flatten().map(|named| named.span.end).fold(colon, u32::max);
    Some(vec![
        Edit::insert(at, format!(" {empty}")),
        Edit::delete(Span::new(line_start(text, gone.start), next_line(text, gone.end))),
    ])
}
