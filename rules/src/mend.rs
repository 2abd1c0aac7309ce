//! Edits that several fixes make. Each keeps comments and style, or is not offered.

use ringfence_text::{Edit, Span};
use ringfence_yaml::{Entry, Node, Style};

/// Puts a plain scalar in double quotes.
pub(crate) fn quote(node: Node<'_>) -> Option<Vec<Edit>> {
    let scalar = node.scalar().filter(|scalar| scalar.style == Style::Plain && node.tag().is_none())?;
    let safe = !scalar.raw.is_empty() && !scalar.raw.contains(['"', '\\', '\n']);
    safe.then(|| vec![Edit::replace(node.span(), format!("\"{}\"", scalar.raw))])
}

/// Writes another text in the style of a scalar. `text` must need no escape.
pub(crate) fn rewrite(node: Node<'_>, text: &str) -> Option<Vec<Edit>> {
    let quote = match node.scalar()?.style {
        Style::Plain => "",
        Style::Single => "'",
        Style::Double => "\"",
        Style::Literal | Style::Folded => return None,
    };
    Some(vec![Edit::replace(node.span(), format!("{quote}{text}{quote}"))])
}

/// Deletes an entry that stands on lines of its own, with its line break. `None` where something else stands there too:
/// a dash, a bracket, a comment, an anchor that is used elsewhere.
pub(crate) fn delete(entry: Entry<'_>) -> Option<Vec<Edit>> {
    let lines = lines(entry)?;
    let tree = entry.key.tree();
    let holds = |span: Span| lines.contains(span);
    let commented = tree.comments().iter().any(|comment| holds(comment.span));
    let anchored = tree.nodes().any(|node| holds(node.span()) && node.anchor().is_some());
    (!commented && !anchored).then(|| vec![Edit::delete(lines)])
}

/// The lines of an entry of a block mapping, if nothing before it shares the first one.
pub(crate) fn lines(entry: Entry<'_>) -> Option<Span> {
    let parent = entry.key.parent().filter(|parent| !parent.flow())?;
    let text = entry.key.tree().text();
    let span = entry.span();
    let start = line_start(text, span.start);
    let blank = |span: Span| span.slice(text).trim().is_empty();
    let end = line_end(text, span.end);
    let alone = parent.entries().count() > 1;
    (alone && blank(Span::new(start, span.start)) && rest_is_comment(text, span.end)).then(|| Span::new(start, end))
}

/// The byte where the line of `at` begins.
pub(crate) fn line_start(text: &str, at: u32) -> u32 {
    text[..at as usize].rfind('\n').map_or(0, |at| at as u32 + 1)
}

/// The byte after the line break of the line of `at`; a block text may end with its own line already.
fn line_end(text: &str, at: u32) -> u32 {
    if at > 0 && text.as_bytes()[at as usize - 1] == b'\n' {
        return at;
    }
    text[at as usize..].find('\n').map_or(text.len() as u32, |length| at + length as u32 + 1)
}

fn rest_is_comment(text: &str, at: u32) -> bool {
    let end = line_end(text, at);
    let rest = Span::new(at, end).slice(text).trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// How many columns stand before a node on its line, where that is only space.
pub(crate) fn indent(node: Node<'_>) -> Option<u32> {
    let text = node.tree().text();
    let start = line_start(text, node.span().start);
    let before = Span::new(start, node.span().start);
    before.slice(text).bytes().all(|byte| byte == b' ').then(|| before.end - before.start)
}

/// Inserts `text` at the begin of the line of every byte in `span` that begins a line, the first one included.
pub(crate) fn shift_lines(text: &str, span: Span, by: &str) -> Vec<Edit> {
    let mut edits = vec![Edit::insert(line_start(text, span.start), by)];
    let breaks = span.slice(text).match_indices('\n').map(|(at, _)| span.start + at as u32 + 1);
    let full = breaks.filter(|&at| at < span.end && !text[at as usize..].starts_with(['\n', '\r']));
    edits.extend(full.map(|at| Edit::insert(at, by)));
    edits
}
