//! Lines, columns and comments around an edit.

use ringfence_text::Span;

use crate::node::{Kind, Node};
use crate::scan;
use crate::tree::Tree;

/// The line break that the text uses.
pub(super) fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if at > 0 && text.as_bytes()[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

/// The first byte of the line that holds `at`.
pub(super) fn line_start(text: &str, at: u32) -> u32 {
    text[..at as usize].rfind('\n').map_or(0, |end| end as u32 + 1)
}

/// The line break that ends the line holding `at`, or the end of the text.
pub(super) fn line_end(text: &str, at: u32) -> u32 {
    let end = text[at as usize..].find('\n').map_or(text.len(), |end| at as usize + end);
    let end = if text[at as usize..end].ends_with('\r') { end - 1 } else { end };
    end as u32
}

/// The first byte of the next line, or the end of the text.
pub(super) fn next_line(text: &str, at: u32) -> u32 {
    text[at as usize..].find('\n').map_or(text.len() as u32, |end| at + end as u32 + 1)
}

/// Whether a carriage return ends a line by itself: lines are then not what this module takes them for.
pub(super) fn has_odd_lines(text: &str) -> bool {
    memchr::memchr_iter(b'\r', text.as_bytes()).any(|at| text.as_bytes().get(at + 1) != Some(&b'\n'))
}

/// How many spaces put a line under `at`. `None` below a tab, whose width is anyone's guess.
pub(super) fn column(text: &str, at: u32) -> Option<usize> {
    let before = text[line_start(text, at) as usize..at as usize].trim_start_matches('\u{feff}');
    (!before.contains('\t') && !has_odd_lines(text)).then(|| before.chars().count())
}

/// Whether nothing but space stands before `at` on its line.
pub(super) fn opens_line(text: &str, at: u32) -> bool {
    text[line_start(text, at) as usize..at as usize].trim_matches([' ', '\u{feff}']).is_empty()
}

/// Whether a comment begins inside `span`.
pub(super) fn has_comment(tree: &Tree, span: Span) -> bool {
    let comments = tree.comments();
    let next = comments.partition_point(|comment| comment.span.start < span.start);
    comments.get(next).is_some_and(|comment| comment.span.start < span.end)
}

/// Whether an alias outside `span` stands for a node inside it, which lies in `collection`.
pub(super) fn is_needed(collection: Node<'_>, span: Span) -> bool {
    let inside = |target: Node<'_>| target.id() > collection.id() && span.contains(target.span());
    let outside = collection.document().nodes().filter(|node| !span.contains(node.span()));
    outside.filter_map(Node::alias).filter_map(|alias| alias.target).any(inside)
}

/// Whether a value that is not written has its `:` or its dash, behind which it can be.
pub(super) fn has_place(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.entries().find(|entry| entry.value == node) {
        Some(entry) => {
            let end = entry.key.span().end;
            scan::after_colon(node.tree().text(), end, parent.span().start, parent.flow()) > end
        }
        None => parent.kind() == Kind::Sequence && !parent.flow(),
    }
}

/// Where lines go that are to stand below what ends at `end`, in a block whose entries begin at `column`: the end of that
/// line, or of the comments right below that are indented further.
pub(super) fn below(tree: &Tree, end: u32, column: usize) -> Option<u32> {
    let text = tree.text();
    let mut at = line_end(text, end);
    let rest = &text[end as usize..at as usize];
    if !rest.trim().is_empty() && !has_comment(tree, Span::new(end, at)) {
        return None;
    }
    loop {
        let next = next_line(text, at);
        let line = Span::new(next, line_end(text, next));
        let indent = line.slice(text).len() - line.slice(text).trim_start_matches(' ').len();
        let comment = line.slice(text)[indent..].starts_with('#') && has_comment(tree, line);
        if line.is_empty() || !comment || indent <= column {
            return Some(at);
        }
        at = line.end;
    }
}

/// `lines` with each line indented by `column` spaces, the first one as `first` says.
pub(super) fn indent(lines: &str, column: usize, first: &str, line_break: &str) -> String {
    let mut out = String::new();
    for (number, line) in lines.trim_end_matches('\n').split('\n').enumerate() {
        if number > 0 {
            out.push_str(line_break);
        }
        let line = line.trim_end_matches('\r');
        if number == 0 {
            out.push_str(first);
        } else if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', column));
        }
        out.push_str(line);
    }
    out
}
